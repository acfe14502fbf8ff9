import { expect, test } from 'vitest'
import { livePost } from '../../src/bot/live.ts'
import type { Message } from '../../src/bot/platform.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'

const says = (text: string): Message => ({ step: 'progress', text })

/** A post that says `one`, on a platform that takes an edit every two seconds. */
async function makePost(editsPerMinute = 30) {
  const platform = createFakePlatform({ editsPerMinute })
  const [clock, { log, lines }, stop] = [createFakeClock(), createFakeLog(), new AbortController()]
  const ref = await platform.post({ place: 'channel:test:one', thread: null }, says('one'), 'k')
  const post = livePost({ ref, shown: says('one') }, { platform, clock, log, signal: stop.signal })
  const edits = () => platform.posts[0]?.edits.map(message => message.text) ?? []
  return { platform, clock, lines, stop, post, edits }
}

test('what is not new is not said', async () => {
  const { post, edits } = await makePost()
  await post.say(says('one'))
  await post.settle(says('one'))
  expect(edits()).toEqual([])
})

test('edits keep their pace, and the newest text wins', async () => {
  const { clock, post, edits } = await makePost()
  for (const text of ['two', 'three']) await post.say(says(text))
  await clock.advance(0)
  expect(edits()).toEqual(['two'])
  for (const text of ['four', 'five']) await post.say(says(text))
  await clock.advance(1999)
  expect(edits()).toEqual(['two'])
  await clock.advance(1)
  expect(edits()).toEqual(['two', 'five'])
})

test('a clock that is set back delays an edit by no more than its pace', async () => {
  const { clock, post, edits } = await makePost()
  await post.say(says('two'))
  await clock.advance(0)
  await clock.advance(-3_600_000)
  await post.say(says('three'))
  await clock.advance(2000)
  expect(edits()).toEqual(['two', 'three'])
})

test('a text that was taken back before its turn is not said', async () => {
  const { clock, post, edits } = await makePost()
  await post.say(says('two'))
  await clock.advance(100)
  for (const text of ['three', 'two']) await post.say(says(text))
  await clock.advance(10_000)
  expect(edits()).toEqual(['two'])
})

test('where edits are free, no text is passed over', async () => {
  const { post, edits } = await makePost(Number.POSITIVE_INFINITY)
  for (const text of ['two', 'three', 'four']) await post.say(says(text))
  expect(edits()).toEqual(['two', 'three', 'four'])
})

test('the last text waits for no pace, and is waited for', async () => {
  const { clock, post, edits } = await makePost()
  await post.say(says('two'))
  await clock.advance(0)
  await post.say(says('not yet'))
  await clock.advance(100)
  await post.settle(says('three'))
  expect(edits()).toEqual(['two', 'three'])
})

test('an edit that fails is tried again, and given up after a while', async () => {
  const { platform, clock, lines, post, edits } = await makePost()
  platform.failEdits(2)
  await post.say(says('two'))
  await clock.advance(10_000)
  expect(edits()).toEqual(['two'])

  platform.failEdits(100)
  const settled = post.settle(says('three'))
  await clock.advance(60_000)
  await settled
  expect(lines.filter(line => line.msg === 'a post could not be edited')).toHaveLength(2 + 4)
  platform.failEdits(0)
  await post.say(says('four'))
  await clock.advance(10_000)
  expect(edits()).toEqual(['two', 'four'])
})

test('a stop ends the waiting', async () => {
  const { platform, clock, stop, post, edits } = await makePost()
  await post.say(says('two'))
  await clock.advance(0)
  platform.failEdits(1)
  const settled = post.settle(says('three'))
  await clock.advance(10)
  stop.abort()
  await settled
  expect(edits()).toEqual(['two'])
})
