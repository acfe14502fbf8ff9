import { exampleOf } from './bot/replies.ts'
import { slackManifest } from './bot/slack/manifest.ts'
import type { Config } from './config.ts'
import { loadInstructions } from './engine/instructions/load.ts'
import { UserError } from './errors.ts'

/**
 * `errand slack-manifest`: the manifest of the Slack app as JSON. `commands`: each instruction gets a command of its own
 * too. `http`: Slack calls the server at `PUBLIC_URL`; without it the server connects to Slack.
 */
export async function manifestText(config: Config, { commands, http }: { commands: boolean; http: boolean }) {
  const { instructionsDir, publicUrl } = config
  if (http && !publicUrl?.startsWith('https:'))
    throw new UserError('PUBLIC_URL must be the https:// address of this server: that is where Slack will call it.')
  const { byName } = commands ? await loadInstructions(instructionsDir) : { byName: new Map() }
  const declared = [...byName.values()].map(instruction => ({
    name: instruction.name,
    description: instruction.description,
    example: exampleOf(instruction).replace(/^errand \S+ ?/, ''),
  }))
  return JSON.stringify(slackManifest({ commands: declared, publicUrl: http ? publicUrl : null }), null, 2)
}
