import type { Controls } from '../controls.ts'
import type { Action, Request } from '../platform.ts'
import { channelOf, isDirect, partsOf, userOf } from './address.ts'
import { type Drawn, draw } from './draw.ts'
import { slackError, type Web } from './web.ts'

/** Private answers. */
export type Whisper = {
  /** Remembers by which address a request can be answered where the bot is not. */
  bind(request: Request, responseUrl: string | null): void
  tell(request: Request, text: string, actions?: readonly Action[]): Promise<void>
}

/** Where Slack does not let the bot speak. */
const SHUT_OUT = ['not_in_channel', 'channel_not_found', 'user_not_in_channel', 'is_archived', 'restricted_action']
const TIMEOUT_MS = 15_000

export function createWhisper(web: Web, controls: Controls): Whisper {
  const responseUrls = new WeakMap<Request, string>()
  return {
    bind: (request, url) => void (url && responseUrls.set(request, url)),
    tell: async (request, text, actions = []) => {
      const drawn = await draw({ step: 'note', text, actions: [...actions] }, controls)
      const channel = channelOf(request.place)
      if (isDirect(channel) && !responseUrls.has(request)) return await post(web, channel, drawn)
      try {
        await postEphemeral(web, request, drawn)
      } catch (error) {
        if (!SHUT_OUT.includes(slackError(error) ?? '')) throw error
        const url = responseUrls.get(request)
        if (url) await respond(url, drawn)
        else await post(web, await openDirect(web, userOf(request.actor)), drawn)
      }
    },
  }
}

async function postEphemeral(web: Web, { place, actor, thread }: Request, drawn: Drawn): Promise<void> {
  const channel = channelOf(place)
  const where = { channel, user: userOf(actor), ...(thread && { thread_ts: partsOf(thread).ts }) }
  await web.call(`chat.postEphemeral ${channel}`, client => client.chat.postEphemeral({ ...where, ...drawn }))
}

async function post(web: Web, channel: string, drawn: Drawn): Promise<void> {
  const quietly = { unfurl_links: false, unfurl_media: false }
  await web.call(`chat.postMessage ${channel}`, client => client.chat.postMessage({ channel, ...drawn, ...quietly }))
}

/** The id of the bot's conversation with this person alone. */
export async function openDirect(web: Web, user: string): Promise<string> {
  const { channel } = await web.call('conversations.open', client => client.conversations.open({ users: user }))
  if (!channel?.id) throw new Error(`Slack opened no conversation with ${user}`)
  return channel.id
}

async function respond(url: string, drawn: Drawn): Promise<void> {
  const body = JSON.stringify({ response_type: 'ephemeral', ...drawn })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`Slack's response_url answered ${answer.status}`)
}
