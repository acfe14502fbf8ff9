import { onTestFinished } from 'vitest'
import { createControls } from '../../src/bot/controls.ts'
import type { FieldState } from '../../src/bot/slack/payloads.ts'
import { createSlack, type SlackOptions } from '../../src/bot/slack/slack.ts'
import { systemClock } from '../../src/clock.ts'
import { openDatabase } from '../../src/db/connect.ts'
import type { Instructions } from '../../src/engine/instructions/instruction.ts'
import { createFakeLog } from '../fakes/log.ts'
import { type Fields, seen } from './slack-fields.ts'
import type { Delivered } from './slack-link.ts'
import { type SlackServer, startSlack } from './slack-server.ts'

/** A person in front of Slack. */
export type Person = {
  /** Types a slash command in the channel. */
  command(text: string, more?: Fields): Promise<Delivered>
  /** Writes a message that mentions the bot. */
  mention(text: string, more?: Fields): Promise<Delivered>
  /** Presses a button by its label, on the newest message that has it. */
  press(label: string): Promise<Delivered>
  /** Fills in the newest form, by the names of its fields, and sends it. */
  submit(values: Record<string, FieldState>): Promise<Delivered>
  /** Chooses the entry in the menu of a message. */
  shortcut(message: Fields): Promise<Delivered>
}

/** The newest form that was opened. */
export function openForm({ calls }: SlackServer): Fields & { blocks: Fields[]; private_metadata: string } {
  const view = calls.findLast(({ method, answer }) => /^views\.(open|update)$/.test(method) && answer?.ok)?.answer?.view
  if (!view) throw new Error('no form is open')
  return view as Fields & { blocks: Fields[]; private_metadata: string }
}

const SECRET = 'the-signing-secret'

/** Slack calls over HTTP. */
export const overHttp = { appToken: null, signingSecret: SECRET }

/** What a test wants otherwise than usual. */
export type SlackGiven = Partial<SlackOptions> & { scopes?: readonly string[]; instructions?: () => Instructions }

const NONE: Instructions = { byName: new Map(), mistakes: [], mcpServers: new Map() }

/** A Slack with a person, and the bot's side of it, not started. */
export async function makeSlack({ instructions = () => NONE, ...options }: SlackGiven = {}) {
  const server = await startSlack(options.scopes ? { scopes: options.scopes } : {})
  onTestFinished(() => server.stop())
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const controls = createControls(db, systemClock)
  const make = () => {
    const platform = createSlack({
      ...{ botToken: server.botToken, appToken: server.appToken, signingSecret: null, apiUrl: server.apiUrl },
      ...{ adminUsers: [], clock: systemClock, log: createFakeLog().log, controls },
      engine: {
        instructions,
        jobs: async () => ({ jobs: [], next: null }),
        schedules: { list: async () => ({ schedules: [], next: null }) },
        asking: async person => ({ ...person, role: 'user' }),
      },
      ...options,
    })
    server.http = platform.http ? { secret: SECRET, handle: platform.http.handle } : null
    return platform
  }
  return { server, make, db, ann: personOf(server), shown: () => shownOf(server) }
}

export function personOf(server: SlackServer): Person {
  const user = { id: server.ann, username: 'ann', name: 'ann' }
  return {
    command: async (text, more = {}) =>
      await server.deliver('slash_commands', {
        ...{ command: '/errand', text, user_id: server.ann, user_name: 'ann', team_id: 'T000000001' },
        ...{ channel_id: server.channel, channel_name: 'briefs', api_app_id: 'A0ERRAND' },
        ...{ trigger_id: await server.trigger(), response_url: server.responseUrl() },
        ...more,
      }),
    mention: async (text, more = {}) => {
      const ts = String((Date.now() / 1000).toFixed(6))
      const event = {
        type: 'app_mention',
        user: server.ann,
        channel: server.channel,
        ts,
        text: `<@${server.bot}> ${text}`,
      }
      return await server.deliver('events_api', eventOf({ ...event, ...more }))
    },
    submit: async values => {
      const { id, callback_id, private_metadata, blocks } = openForm(server)
      const empty = blocks.flatMap(({ type, block_id }) => (type === 'input' ? [[String(block_id), {}]] : []))
      const filled = { ...Object.fromEntries(empty), ...values }
      const state = { values: Object.fromEntries(Object.entries(filled).map(([name, value]) => [name, { value }])) }
      const view = { id, callback_id, private_metadata, state, type: 'modal' }
      const trigger_id = await server.trigger()
      return await server.deliver('interactive', { type: 'view_submission', user, team: TEAM, view, trigger_id })
    },
    shortcut: async message =>
      await server.deliver('interactive', {
        ...{ type: 'message_action', callback_id: 'run_with_errand', user, team: TEAM, message },
        ...{ channel: { id: server.channel }, message_ts: message.ts },
        ...{ trigger_id: await server.trigger(), response_url: server.responseUrl() },
      }),
    press: async label => {
      const button = buttonOf(server, label)
      return await server.deliver('interactive', {
        ...{ type: 'block_actions', user, team: TEAM, channel: { id: server.channel } },
        ...{
          container: { type: 'message', channel_id: server.channel, thread_ts: button.thread },
          actions: [button.action],
        },
        ...{ trigger_id: await server.trigger(), response_url: server.responseUrl() },
      })
    },
  }
}

const TEAM = { id: 'T000000001' }

/** An event as Slack wraps it. */
export const eventOf = (event: Fields, id = `Ev${crypto.randomUUID()}`): Fields => ({
  ...{ type: 'event_callback', team_id: 'T000000001', api_app_id: 'A0ERRAND', event_id: id, event },
})

type Element = { type: string; action_id: string; value: string; text: { text: string } }

function buttonOf(server: SlackServer, label: string): { action: Element; thread: unknown } {
  for (const { args } of server.calls.toReversed()) {
    const elements = ((args.blocks ?? []) as { elements?: Element[] }[]).flatMap(block => block.elements ?? [])
    const action = elements.find(({ type, text }) => type === 'button' && text.text === label)
    if (action) return { action, thread: args.thread_ts }
  }
  throw new Error(`there is no button ${label}`)
}

/** All that a person can see: posts in their order, what stands in a thread below it and indented, and whispers. */
function shownOf({ calls, responses }: SlackServer): string {
  const posts = new Map<string, { thread: unknown; text: string }>()
  for (const { method, args, answer } of calls) {
    if (answer?.ok !== true) continue
    const ts = String(method === 'chat.update' ? args.ts : (answer.ts ?? answer.message_ts ?? `file ${posts.size}`))
    const private_ = method === 'chat.postEphemeral' ? '(only you) ' : ''
    if (/^chat\.(postMessage|postEphemeral|update)$/.test(method))
      posts.set(ts, { thread: posts.get(ts)?.thread ?? args.thread_ts, text: private_ + seen(args.blocks) })
    if (method === 'files.completeUploadExternal')
      posts.set(ts, { thread: args.thread_ts, text: filesOf(answer).join('\n') })
  }
  const line = (text: string, indent: string) => text.replaceAll(/^/gm, indent)
  const roots = [...posts].filter(([, { thread }]) => !thread || !posts.has(String(thread)))
  const under = (ts: string) =>
    [...posts.values()].filter(({ thread }) => thread === ts).map(({ text }) => line(text, '    '))
  return [
    ...roots.flatMap(([ts, { text }]) => [text, ...under(ts)]),
    ...responses.map(({ blocks }) => `(only you) ${seen(blocks)}`),
  ].join('\n')
}

const filesOf = ({ files }: Fields): string[] =>
  ((files ?? []) as { name: string; size: number }[]).map(({ name, size }) => `${name} (${size} B)`)
