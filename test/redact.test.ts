import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedact, createSecrets, redactAll } from '../src/redact.ts'

const KEY = 'sk-ant-secret-1'
const LETTERS = 'aB3dE6gH9'.repeat(20)

test('a text without secrets is left as it is', () => {
  for (const text of [
    'nothing here',
    '',
    'sk-ant is how keys begin…',
    'the bearer of good news',
    'a.b.c',
    '-----BEGIN',
  ])
    expect(createRedact([KEY])(text.replace('sk-ant is', 'sk is'))).toBe(text.replace('sk-ant is', 'sk is'))
})

test('a short secret is left: it would match by chance', () => {
  expect(createRedact(['abcde'])('abcdef abcde')).toBe('abcdef abcde')
})

test('of a secret that holds another nothing is left', () => {
  expect(createRedact(['abcdef', 'abcdefghi'])('x abcdefghi y abcdef z')).toBe('x [secret] y [secret] z')
})

test('no secret is left, plain or as JSON or an address writes it, wherever it stands', () => {
  const secret = fc.string({ unit: fc.constantFrom(...'ab1-"\\\n\té/😀'), minLength: 6, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.string(), (secrets, around) => {
      const forms = (value: string) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]
      const planted = `${around}${secrets.flatMap(forms).join(around)} ${JSON.stringify({ secrets })}`
      const text = createRedact(secrets)(planted)
      for (const form of secrets.flatMap(forms)) expect(text).not.toContain(form)
    }),
  )
})

test.each(['base64', 'base64url'] as const)('what is left of a secret in %s is at most its ends', form => {
  const secret = 'q7Rz?Kd02~mXv>81LwPc5'
  const encoded = (text: string) => Buffer.from(text).toString(form)
  const redact = createRedact([secret])
  for (const before of ['', 'x', 'me', 'user:'])
    for (const after of ['', '\n', '@host'])
      expect(redact(encoded(before + secret + after))).toMatch(/^[\w+/-]{0,8}\[secret\][\w+/-]{0,8}={0,2}$/)
  expect(redact(`/?key=${new URLSearchParams({ '': `(${secret}!)` })}`)).toBe('/?key==%28[secret]%21%29')
})

test.each([
  ['colours', '\u001b[01;31m\u001b[K', '\u001b[m\u001b[K'],
  ['characters without width', '\u200b', '\u2060'],
  ['controls', '\u0000', '\u202e'],
])('a secret goes that %s are put into', (_, before, after) => {
  const text = `key: ${KEY.slice(0, 4)}${before}${KEY.slice(4, 9)}${after}${KEY.slice(9)}.`
  expect(createRedact([KEY])(text)).toBe('key: [secret].')
  const body = JSON.parse(createRedact([KEY])(JSON.stringify({ '\u009d"': '\u009c', text: `${KEY} \\"` })))
  expect(body.text).toBe('[secret] \\"')
  const plain = `${before}nothing${after} here`
  expect(createRedact([KEY])(plain)).toBe(plain)
})

const pem = () =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey.trim()

describe('known by its form is', () => {
  test.each([
    ['an Anthropic key', `sk-ant-api03-${LETTERS.slice(0, 93)}AA`],
    ["a login's token", `sk-ant-oat01-${LETTERS.slice(0, 60)}`],
    ['a Slack bot token', `xoxb-123456789012-1234567890123-${LETTERS.slice(0, 24)}`],
    ['a Slack user token', `xoxp-123456789012-${LETTERS.slice(0, 32)}`],
    ['a Slack refresh token', `xoxe.xoxp-1-${LETTERS.slice(0, 60)}`],
    ['a Slack app token', `xapp-1-A0123456789-1234567890123-${LETTERS.slice(0, 64)}`],
    ['a Slack webhook', `hooks.slack.com/services/T00000000/B00000000/${LETTERS.slice(0, 24)}`],
    ['a Discord token', `MTE${LETTERS.slice(0, 21)}.GhIjKl.${LETTERS.slice(0, 38)}`],
    ['a GitHub token', `ghp_${LETTERS.slice(0, 36)}`],
    ['a fine-grained GitHub token', `github_pat_${LETTERS.slice(0, 22)}_${LETTERS.slice(0, 59)}`],
    ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE'],
    ['a JSON Web Token', `eyJ${LETTERS.slice(0, 30)}.eyJ${LETTERS.slice(0, 50)}.${LETTERS.slice(0, 43)}`],
    ['an npm token', `npm_${LETTERS.slice(0, 36)}`],
    ['our admin token', `errand_${LETTERS.slice(0, 32)}`],
    ['a private key', pem()],
    [
      'an encrypted private key',
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0011\n\n${LETTERS}\n-----END RSA PRIVATE KEY-----`,
    ],
    ['a private key whose end was cut', `-----BEGIN OPENSSH PRIVATE KEY-----\n${LETTERS}\n${LETTERS}`],
  ])('%s', (_, secret) => {
    const redact = createRedact([])
    expect(redact(`it is ${secret}`)).toBe('it is [secret]')
    expect(redact(`${secret}. And more`)).toBe('[secret]. And more')
    const json = JSON.stringify({ said: `line\n${secret}`, more: [`"${secret}"`], nested: JSON.stringify({ secret }) })
    expect(redact(json)).not.toContain(secret.slice(-12))
    expect(JSON.parse(redact(json))).toMatchObject({ said: 'line\n[secret]', more: ['"[secret]"'] })
  })

  test('what follows the word Bearer', () => {
    const text = `authorization: Bearer ${LETTERS}==, and bearer ${LETTERS}`
    expect(createRedact([])(text)).toBe('authorization: Bearer [secret], and bearer [secret]')
  })
})

describe('of a secret that was cut', () => {
  const secret = 'q7Rz-Kd02mXv_81LwPc5TnYs4GhJ6bUe'
  const redact = createRedact([secret])
  test.each([6, 20, secret.length - 1])('%i characters are not left at the cut', length => {
    const [begin, end] = [secret.slice(0, length), secret.slice(-length)]
    expect(redact(`it is ${begin}`)).toBe('it is [secret]')
    expect(redact(`it is ${begin}… and more`)).toBe('it is [secret]… and more')
    expect(redact(`it is ${begin}\n[cut here: 2 MB more]`)).toBe('it is [secret]\n[cut here: 2 MB more]')
    expect(redact(`${end} it was`)).toBe('[secret] it was')
    expect(redact(`it ended: …${end} and more`)).toBe('it ended: …[secret] and more')
  })

  test('fewer are, and so is what only resembles one', () => {
    for (const text of [
      `it is ${secret.slice(0, 5)}`,
      `it is ${secret.slice(0, 12)} said he`,
      `said ${secret.slice(-12)}`,
    ])
      expect(redact(text)).toBe(text)
  })

  test('nothing that helps is left, wherever a text is cut at an end', () => {
    const text = `${secret} and ${secret}`
    for (let at = 6; at <= text.length; at += 1)
      for (const cut of [text.slice(0, at), text.slice(-at)])
        for (let from = 0; from + 6 <= secret.length; from += 1)
          expect(redact(cut)).not.toContain(secret.slice(from, from + 6))
  })
})

test('every text of a value is redacted, at any depth, and the names of its fields', () => {
  const redact = createRedact([KEY])
  expect(redactAll({ a: [KEY, 1, null, { [KEY]: `x ${KEY}` }], b: true }, redact)).toEqual({
    a: ['[secret]', 1, null, { '[secret]': 'x [secret]' }],
    b: true,
  })
})

describe('a hostile megabyte takes no more than a plain one', () => {
  const MB = 1024 * 1024
  const secret = 'sk-ant-the-key-of-the-tests'
  test.each<[string, string]>([
    ['beginnings of a token', 'eyJ'],
    ['parts of a token', 'eyJaaaaaaaa.'],
    ['parts of a token that begin anew', '-eyJabcdefgh.'],
    ['beginnings of the secret', secret.slice(0, 6)],
    ['most of the secret', secret.slice(0, -1)],
    ['ends of the secret', secret.slice(1)],
    ['beginnings of a private key', '-----BEGIN PRIVATE KEY-----'],
    ['private keys of nothing', `-----BEGIN PRIVATE KEY-----${'\n'.repeat(300)}`],
    ['headers of a private key', `-----BEGIN PRIVATE KEY-----${'\nAaa: x'.repeat(30)}`],
    ['backslashes', '\\'],
    ['marks of a cut', '…'],
    ['one letter', 'M'],
    ['parts of a Discord token', `${'M'.repeat(26)}.`],
    ['key ids', 'AKIA'],
    ['bearers', 'Bearer '],
  ])('%s', (_, unit) => {
    const redact = createRedact([secret])
    const text = unit.repeat(MB / unit.length)
    redact(text) // some tens of milliseconds; a square would be minutes
  })
})

test('a secret that becomes known is redacted from then on, and none is forgotten', () => {
  const { redact, learn } = createSecrets(['the first one'])
  expect(redact('the first one, the second one')).toBe('[secret], the second one')
  learn(['the second one'])
  learn([])
  expect(redact('the first one, the second one')).toBe('[secret], [secret]')
})
