import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createLog, type Log } from '../src/log.ts'
import { createRedact } from '../src/redact.ts'

const KEY = 'sk-ant-secret-1'
const AWKWARD = 'pass"word\\with\nall'

/** What is written when this is logged. */
function written(write: (log: Log) => void, options: { format?: 'json' | 'pretty'; level?: string } = {}) {
  const out = new PassThrough()
  write(createLog({ level: 'info', format: 'json', redact: createRedact([KEY, AWKWARD]), ...options, out }))
  return String(out.read() ?? '')
}

describe.each(['json', 'pretty'] as const)('in the format %s', format => {
  test.each<[string, (log: Log, secret: string) => void]>([
    ['message', (log, secret) => log.info(`with ${secret}!`)],
    ['field', (log, secret) => log.info({ key: secret }, 'x')],
    ['nested field', (log, secret) => log.info({ a: { b: [`bearer ${secret}`] } }, 'x')],
    ['name of a field', (log, secret) => log.info({ [secret]: 1 }, 'x')],
    ['error', (log, secret) => log.error({ err: new Error(`refused ${secret}`, { cause: new Error(secret) }) }, 'x')],
    ['error that is a message', (log, secret) => log.error(new Error(secret))],
    ['child logger', (log, secret) => log.child({ key: secret }).warn('x')],
    ['word that is filled in', (log, secret) => log.info('with %s', secret)],
  ])('a secret in a %s is not written', (_, write) => {
    for (const secret of [KEY, AWKWARD]) {
      const text = written(log => write(log, secret), { format })
      expect(text).toContain('[secret]')
      expect(text).not.toContain(secret)
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1))
    }
  })
})

test('a line is JSON with its level, time and fields, and stays so', () => {
  const lines = written(log => {
    log.info({ job: 'job00001' }, 'claimed')
    log.error({ key: AWKWARD }, 'refused')
  })
    .trimEnd()
    .split('\n')
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    { level: 30, time: expect.any(Number), job: 'job00001', msg: 'claimed' },
    { level: 50, key: '[secret]', msg: 'refused' },
  ])
})

test('what is below the level is not written', () => {
  expect(written(log => log.info('x'), { level: 'warn' })).toBe('')
  expect(written(log => log.fatal('x'), { level: 'silent' })).toBe('')
})

test('a key that nobody configured is known by its form', () => {
  const text = written(log => log.info({ header: 'Bearer 0123456789abcdefghij' }, `with ghp_${'a1B2'.repeat(9)}`))
  expect(JSON.parse(text)).toMatchObject({ header: 'Bearer [secret]', msg: 'with [secret]' })
})
