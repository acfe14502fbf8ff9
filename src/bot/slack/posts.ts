import type { Log } from '../../log.ts'
import { oneLine } from '../../words.ts'
import type { Controls } from '../controls.ts'
import { withNote } from '../elsewhere.ts'
import type { Message, Platform, PostRef, Target } from '../platform.ts'
import { channelOf, isDirect, isPerson, partsOf, refOf, userOf } from './address.ts'
import { draw, MESSAGE_CHARS } from './draw.ts'
import type { Pace } from './pace.ts'
import { type Sharing, shareFiles, type UploadedFile, uploadFiles } from './uploads.ts'
import { slackError, type Web } from './web.ts'
import { openDirect } from './whisper.ts'

/** How the metadata of a post is called at Slack; it holds the post's key, and the files that belong under it. */
const EVENT_TYPE = 'errand_post'
/** A post that somebody deleted, or that stands where the bot cannot write any more: no later try would reach it. */
const OUT_OF_REACH = ['message_not_found', 'cant_update_message', 'channel_not_found', 'not_in_channel', 'is_archived']
/** How many posts of a place are looked through for one: what is looked for is seconds or a restart old. */
const PAGES = 5
const PAGE = 200
/** How many posts' last texts are remembered. */
const REMEMBERED = 2000

/** `files` has ids with commas between, and `names`, in the same order, a line each. */
type Payload = { key?: string; files?: string; names?: string }
type Found = { ts?: string; metadata?: { event_type?: string; event_payload?: unknown } }

type Posts = Pick<Platform, 'post' | 'edit' | 'find'>
type PostsOptions = { web: Web; controls: Controls; pace: Pace; log: Log; signal: AbortSignal }

/** The posts of the bot in Slack. An address is channel and timestamp, as Slack has it. */
export function createPosts({ web, controls, pace, log, signal }: PostsOptions): Posts {
  const said = createMemory()
  return {
    post: async (target, message, key) => {
      const { channel, thread } = await whereOf(web, target)
      const uploaded = await uploadFiles(web, message.files ?? [])
      const drawn = await draw(withLost(message, uploaded.lost), controls)
      const payload: Payload = { key, ...payloadOf(uploaded.files) }
      const { ts } = await web.call(`chat.postMessage ${channel}`, client =>
        client.chat.postMessage({
          ...{ channel, ...drawn, ...(thread && { thread_ts: thread }) },
          ...{ unfurl_links: false, unfurl_media: false },
          metadata: { event_type: EVENT_TYPE, event_payload: payload },
        }),
      )
      if (!ts) throw new Error('Slack made a post and did not say where')
      const { files } = uploaded
      if (files.length > 0) await shareFiles(web, { channel, thread: thread ?? ts, files })
      said.set(refOf(channel, ts), message.text)
      return refOf(channel, ts)
    },
    edit: async (ref, message) => {
      const { channel, ts } = partsOf(ref)
      await pace.turn(message.step !== 'progress' && said.isNews(ref, message.text), signal)
      const drawn = await draw(message, controls)
      try {
        await web.call(`chat.update ${channel}`, client => client.chat.update({ channel, ts, ...drawn }))
      } catch (error) {
        if (!OUT_OF_REACH.includes(slackError(error) ?? '')) throw error
        log.info({ post: ref, why: slackError(error) }, 'a post is out of reach and stays as it is')
      }
      said.set(ref, message.text)
    },
    find: async (target, key) => {
      const { channel, thread } = await whereOf(web, target)
      const found = await search(web, { channel, thread }, key)
      if (found === null) return null
      // The post stands, and its files may not: they are what the crash or the lost answer came between.
      const sharing: Sharing = { channel, thread: thread ?? found.ts, files: found.files }
      if (found.files.length > 0) await shareFiles(web, sharing)
      return refOf(channel, found.ts)
    },
  }
}

/** What each post's text said last: when it changes, that is news, and goes before what only shows the time. */
function createMemory() {
  const said = new Map<PostRef, string>()
  return {
    isNews: (ref: PostRef, text: string) => said.get(ref) !== text,
    set: (ref: PostRef, text: string) => {
      said.delete(ref)
      said.set(ref, text)
      const oldest = said.size > REMEMBERED ? said.keys().next().value : undefined
      if (oldest !== undefined) said.delete(oldest)
    },
  }
}

type Where = { channel: string; thread: string | null }

/** A DM is a thread by itself: what would stand in a post's thread stands below it. */
async function whereOf(web: Web, { place, thread }: Target): Promise<Where> {
  const channel = isPerson(place) ? await openDirect(web, userOf(place)) : channelOf(place)
  return { channel, thread: thread === null || isDirect(channel) ? null : partsOf(thread).ts }
}

async function search(web: Web, where: Where, key: string): Promise<{ ts: string; files: UploadedFile[] } | null> {
  let cursor: string | undefined
  for (let page = 0; page < PAGES; page += 1) {
    const read = await readPage(web, where, cursor)
    for (const { ts, metadata } of read.messages) {
      if (ts === undefined || metadata?.event_type !== EVENT_TYPE) continue
      const payload = (metadata.event_payload ?? {}) as Payload
      if (payload.key === key) return { ts, files: filesIn(payload) }
    }
    if (!read.next) return null
    cursor = read.next
  }
  return null
}

const payloadOf = (files: readonly UploadedFile[]): Payload =>
  files.length === 0
    ? {}
    : { files: files.map(({ id }) => id).join(','), names: files.map(({ name }) => oneLine(name, 255)).join('\n') }

function filesIn({ files = '', names = '' }: Payload): UploadedFile[] {
  const called = names.split('\n')
  return files.split(',').flatMap((id, i) => (id === '' ? [] : [{ id, name: called[i] || id }]))
}

async function readPage(web: Web, { channel, thread }: Where, cursor: string | undefined) {
  const how = { channel, limit: PAGE, include_all_metadata: true, ...(cursor && { cursor }) }
  const read = await (thread === null
    ? web.call(`conversations.history ${channel}`, client => client.conversations.history(how))
    : web.call(`conversations.replies ${channel}`, client => client.conversations.replies({ ...how, ts: thread })))
  return { messages: (read.messages ?? []) as Found[], next: read.response_metadata?.next_cursor }
}

const withLost = (message: Message, lost: string | null): Message =>
  lost === null ? message : { ...message, text: withNote(message, lost, MESSAGE_CHARS) }
