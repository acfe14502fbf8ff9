import { expect, test } from 'vitest'
import { askedText } from '../../src/bot/form.ts'

test.each([
  [{ label: 'Why' }, { required: true }],
  [{ label: 'Why', optional: true }, { required: false }],
  [
    { label: 'Command', value: 'echo' },
    { required: true, value: 'echo' },
  ],
  [
    { label: 'Command', value: 'echo hi' },
    { required: false, kept: 'kept unless you write here: 7 characters' },
  ],
])('of an action that asks for %j a field of 6 characters shows the text or says that it keeps it', (input, field) => {
  expect(askedText(input, 6)).toEqual(field)
})
