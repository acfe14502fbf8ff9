import type { Action, Message, Platform, PlatformLimits, PostRef, Request, Target } from '../../src/bot/platform.ts'

/** `message` is what the post says now, `first` what it said as it was made. */
export type FakePost = {
  ref: PostRef
  target: Target
  key: string
  first: Message
  edits: Message[]
  message: Message
}

/** A chat in memory, with faults on demand. */
export type FakePlatform = Platform & {
  readonly posts: FakePost[]
  readonly whispers: string[]
  /** What could be done about each whisper. */
  readonly offers: (readonly Action[])[]
  /** A person types this; resolves once the bot has kept it. */
  ask(text: string, changes?: Partial<Request>): Promise<void>
  /** The next posts fail: `refused` makes none, `unsure` makes it and fails all the same. */
  failPosts(...how: ('refused' | 'unsure')[]): void
  /** The next edits fail. */
  failEdits(times: number): void
}

const LIMITS: PlatformLimits = {
  messageChars: 2000,
  editsPerMinute: 60,
  tickMs: null,
  filesPerPost: 10,
  fileBytes: 10_000_000,
  postBytes: 100_000_000,
}

export function createFakePlatform(limits: Partial<PlatformLimits> = {}): FakePlatform {
  const posts: FakePost[] = []
  const whispers: string[] = []
  const offers: (readonly Action[])[] = []
  let take: ((request: Request) => Promise<void>) | null = null
  let faults: ('refused' | 'unsure')[] = []
  let editFaults = 0
  let asked = 0
  return {
    name: 'test',
    limits: { ...LIMITS, ...limits },
    posts,
    whispers,
    offers,
    failPosts: (...how) => {
      faults = how
    },
    failEdits: times => {
      editFaults = times
    },
    ask: async (text, changes) => {
      asked += 1
      const who = { actor: 'user:test:ann', actorName: 'ann', place: 'channel:test:one', thread: null, files: [] }
      await take?.({ key: `request-${asked}`, text, ...who, ...changes })
    },
    start: async taker => {
      take = taker
    },
    stop: async () => {
      take = null
    },
    post: async (target, message, key) => {
      const fault = faults.shift()
      if (fault === 'refused') throw new Error('the chat is down')
      const ref = `p${posts.length + 1}`
      posts.push({ ref, target, key, first: message, edits: [], message })
      if (fault === 'unsure') throw new Error('the connection broke')
      return ref
    },
    edit: async (ref, message) => {
      if (editFaults > 0) {
        editFaults -= 1
        throw new Error('the chat is down')
      }
      const post = posts.find(post => post.ref === ref)
      if (!post) throw new Error(`there is no post ${ref}`)
      post.message = message
      post.edits.push(message)
    },
    find: async (target, key) =>
      posts.find(post => post.key === key && post.target.place === target.place)?.ref ?? null,
    whisper: async (_request, text, actions = []) => {
      whispers.push(text)
      offers.push(actions)
    },
  }
}
