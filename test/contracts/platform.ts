import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Message, Platform, Request, Target } from '../../src/bot/platform.ts'
import { UserError } from '../../src/errors.ts'

/** A platform with a chat behind it that a test can read and type into. */
export type PlatformWorld = {
  platform: Platform
  /** The key of a place where the bot may post. */
  place: string
  /** A person types this there. */
  type(text: string): void
  /** All that this person can see, whispers included. */
  shown(): string
  /** A platform as the next process would make it, for the same chat; the first one is stopped. */
  restart(): Promise<Platform>
}

/** What every platform must do, as `Platform` promises it. */
export function platformContract(name: string, makeWorld: () => Promise<PlatformWorld>): void {
  const message = (text: string, rest: Partial<Message> = {}): Message => ({ step: 'card', text, ...rest })

  /** A connected platform, and what it handed in. */
  const connect = async (take?: (request: Request) => Promise<void>) => {
    const world = await makeWorld()
    const requests: Request[] = []
    await world.platform.start(take ?? (async request => void requests.push(request)))
    let stopped = false
    const stop = async () => {
      if (!stopped) await world.platform.stop()
      stopped = true
    }
    onTestFinished(stop)
    const target: Target = { place: world.place, thread: null }
    return { ...world, requests, target, stop }
  }

  describe(name, () => {
    test('what a person types is handed in word for word, with who said it and where', async () => {
      const { platform, place, type, requests } = await connect()
      for (const text of ['brief topic="Winter  tyres"', 'jobs', 'jobs']) type(text)
      await expect.poll(() => requests.length).toBe(3)
      expect(requests.map(request => request.text)).toEqual(['brief topic="Winter  tyres"', 'jobs', 'jobs'])
      expect(new Set(requests.map(request => request.key)).size).toBe(3)
      for (const { actor, actorName, place: where } of requests) {
        expect(actor).toMatch(new RegExp(`^user:${platform.name}:.+`))
        expect(actorName).not.toBe('')
        expect(where).toBe(place)
      }
    })

    test('a request that was not taken is told to the person', async () => {
      const { type, shown } = await connect(async () => {
        throw new UserError('I am stopping; nothing was started.')
      })
      type('jobs')
      await expect.poll(shown).toContain('I am stopping; nothing was started.')
    })

    test('a post is shown, and found again by its key', async () => {
      const { platform, target, shown } = await connect()
      const ref = await platform.post(target, message('hello', { footer: 'asked by ann' }), 'a/card')
      expect(shown()).toMatch(/hello.*asked by ann/s)
      expect(await platform.find(target, 'a/card')).toBe(ref)
      expect(await platform.find(target, 'b/card')).toBeNull()
    })

    test('a post in a thread is shown, and found there', async () => {
      const { platform, target, shown } = await connect()
      const card = await platform.post(target, message('hello'), 'a/card')
      const thread: Target = { ...target, thread: card }
      const ref = await platform.post(thread, message('reading notes.md', { step: 'progress' }), 'a/progress')
      expect(shown()).toContain('reading notes.md')
      expect(await platform.find(thread, 'a/progress')).toBe(ref)
      expect(await platform.find(thread, 'a/result')).toBeNull()
    })

    test('an edit changes what a post says, and the post stays the same', async () => {
      const { platform, target, shown } = await connect()
      const ref = await platform.post(target, message('queued, 1st'), 'a/card')
      await platform.edit(ref, message('running'))
      expect(shown()).toContain('running')
      expect(await platform.find(target, 'a/card')).toBe(ref)
    })

    test('a post of an earlier process can be edited', async () => {
      const world = await makeWorld()
      await world.platform.start(async () => {})
      const target: Target = { place: world.place, thread: null }
      const card = await world.platform.post(target, message('queued, 1st'), 'a/card')
      const progress = await world.platform.post({ ...target, thread: card }, message('reading'), 'a/progress')
      const next = await world.restart()
      await next.start(async () => {})
      onTestFinished(() => next.stop())
      await next.edit(card, message('running'))
      await next.edit(progress, message('writing', { step: 'progress' }))
      expect(world.shown()).toMatch(/running.*writing/s)
    })

    test('posts at the same time are all made', async () => {
      const { platform, target, shown } = await connect()
      const texts = ['one', 'two', 'three', 'four', 'five']
      const refs = await Promise.all(texts.map(text => platform.post(target, message(text), `${text}/card`)))
      expect(new Set(refs).size).toBe(texts.length)
      for (const text of texts) expect(shown()).toContain(text)
    })

    test('a post is shown free of control and bidirectional characters', async () => {
      const { platform, target, shown } = await connect()
      const evil = 'a\u001b]0;title\u0007b\u009b2Jc\u202Ed\u2066e\u0000f'
      await platform.post(target, message(evil, { footer: evil }), 'a/card')
      expect(shown()).toMatch(/abcdef.*abcdef/s)
      expect(shown()).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    })

    test('the files of a post are named', async () => {
      const { platform, target, shown } = await connect()
      const files = [
        { name: 'brief.md', bytes: 2100, file: import.meta.filename },
        { name: 'answer.md', bytes: 5, text: 'hello' },
      ]
      await platform.post(target, message('Done.', { step: 'result', files }), 'a/result')
      for (const { name } of files) expect(shown()).toContain(name)
    })

    test('a whisper reaches the person who asked', async () => {
      const { platform, type, requests, shown } = await connect()
      type('jobs')
      await expect.poll(() => requests.length).toBe(1)
      if (requests[0]) await platform.whisper(requests[0], 'No job has been run here yet.')
      expect(shown()).toContain('No job has been run here yet.')
    })

    test('after the stop nothing is handed in', async () => {
      const { type, requests, stop } = await connect()
      await stop()
      type('jobs')
      await delay(50) // the only way to see that nothing comes
      expect(requests).toEqual([])
    })
  })
}
