import { expect, test } from 'vitest'
import { isSigned, readLink, signFile } from '../src/links.ts'

const KEY = 'the-key-of-the-tests'
const NOW = new Date('2026-11-21T10:00:00.000Z')
const FILE = { job: '4x7k2m9q', path: 'a/ü "b".md', sha256: 'aa' }

test('a link names its file and when it ends, and is short', () => {
  const signed = signFile(KEY, FILE, NOW)
  expect(readLink(signed)).toEqual({ job: FILE.job, path: FILE.path, until: new Date('2026-11-28T10:00:00.000Z') })
  expect(signed).toMatch(/^[\w.-]{60,90}$/)
  expect(isSigned(KEY, signed, 'aa')).toBe(true)
})

test('another checksum, key, name, time or form is not signed', () => {
  const signed = signFile(KEY, FILE, NOW)
  const [named = '', mac = ''] = signed.split('.')
  const other = (change: object) => signFile(KEY, { ...FILE, ...change }, NOW).split('.')[0]
  expect(isSigned(KEY, signed, 'ab')).toBe(false)
  expect(isSigned('another-key', signed, 'aa')).toBe(false)
  expect(isSigned(KEY, `${other({ path: 'b.md' })}.${mac}`, 'aa')).toBe(false)
  expect(isSigned(KEY, `${other({ job: '4x7k2m9r' })}.${mac}`, 'aa')).toBe(false)
  const later = signFile(KEY, FILE, new Date('2027-01-01T00:00:00.000Z')).split('.')[0]
  expect(isSigned(KEY, `${later}.${mac}`, 'aa')).toBe(false)
  for (const made of [named, `${named}.`, `${named}.${mac}.`, `${named}.${mac.slice(1)}`, `${named}.${mac}x`, '', '.'])
    expect(isSigned(KEY, made, 'aa'), made).toBe(false)
})

test.each(['', '.', 'x', 'bnVsbA.x', 'W10.x', `${Buffer.from('["a",1]').toString('base64url')}.x`])(
  'what names nothing is nothing: %s',
  signed => {
    expect(readLink(signed)).toBeNull()
  },
)
