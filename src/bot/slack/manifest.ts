import { cut } from '../../words.ts'

/** What the bot may do, no more and no less. */
export const BOT_SCOPES = [
  'app_mentions:read',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'users:read',
] as const

/** What Slack tells the bot of by itself. */
const BOT_EVENTS = ['app_mention', 'message.im'] as const

/** The command that every workspace has; any other is the name of an instruction. */
export const MAIN_COMMAND = '/errand'

/** The entry in the menu of every message. */
export const SHORTCUT = 'run_with_errand'

/** Where Slack's calls arrive on the server. */
export const HTTP_PATH = '/slack/events'

const DESCRIPTION_CHARS = 140

/** A command of its own for an instruction. */
export type ManifestCommand = { name: string; description: string; example: string }

/**
 * The app as Slack sets it up: paste it at api.slack.com/apps, "From a manifest". `publicUrl` null: Socket Mode, and
 * nothing of the server has to be reachable.
 */
export function slackManifest({
  commands,
  publicUrl,
}: {
  commands: readonly ManifestCommand[]
  publicUrl: string | null
}) {
  const url = publicUrl === null ? null : publicUrl + HTTP_PATH
  const main = { name: MAIN_COMMAND.slice(1), description: 'Run an instruction, or see how jobs go', example: 'help' }
  return {
    display_information: { name: 'Errand', description: 'Slash commands become jobs of the Claude CLI' },
    features: {
      app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'errand', always_online: true },
      slash_commands: [main, ...commands].map(({ name, description, example }) => ({
        command: `/${name}`,
        description: cut(description || name, DESCRIPTION_CHARS),
        usage_hint: cut(example, DESCRIPTION_CHARS),
        should_escape: true,
        ...(url && { url }),
      })),
      shortcuts: [
        {
          ...{ name: 'Run with Errand', type: 'message', callback_id: SHORTCUT },
          description: 'Give this message and its files to an instruction',
        },
      ],
    },
    oauth_config: { scopes: { bot: [...BOT_SCOPES] } },
    settings: {
      event_subscriptions: { ...(url && { request_url: url }), bot_events: [...BOT_EVENTS] },
      interactivity: { is_enabled: true, ...(url && { request_url: url }) },
      org_deploy_enabled: false,
      socket_mode_enabled: url === null,
      token_rotation_enabled: false,
    },
  }
}
