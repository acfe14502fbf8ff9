import { z } from 'zod'
import { jobPath, readJob } from './job.ts'
import type { Verb } from './verb.ts'

export const takeover: Verb = {
  name: 'takeover',
  args: '<id>',
  about: 'holds the conversation of a job and prints the command that opens its session in a terminal on the server',
  options: [['--done', 'lets the conversation go on again']],
  act: async ({ client, say }, [id = ''], { done }) => {
    const path = `${jobPath(id)}/takeover`
    if (done) {
      const { view } = await readJob(client, path, { method: 'DELETE' })
      say(`The conversation of job ${view.id} goes on.`)
      return 0
    }
    const { value } = await client.read(path, z.object({ command: z.string() }), { method: 'POST' })
    say(
      `Nothing of this conversation starts until \`errand takeover --done ${id}\`. On the server, type:\n${value.command}`,
    )
    return 0
  },
}
