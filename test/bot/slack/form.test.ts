import { expect, test } from 'vitest'
import { chooseView } from '../../../src/bot/slack/form.ts'

test('where the menu has no room for all instructions, it says that there are more', () => {
  const hintOf = (length: number) => {
    const names = Array.from({ length }, (_, i) => `brief-${i}`)
    const { blocks } = chooseView(names, { place: 'channel:slack:C1', thread: null, responseUrl: null, draft: 'd' })
    return (blocks[0] as { hint?: { text: string } }).hint?.text
  }
  expect(hintOf(100)).toBeUndefined()
  expect(hintOf(101)).toBe('These are 100 of 101; `/errand run` has all of them.')
})
