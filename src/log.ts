import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import { createRedact, type Redact } from './redact.ts'

export type Log = Logger

/**
 * The program's own log on stderr. Every line is redacted, whatever field or error text carried a secret; without
 * `redact` only what has the form of a key goes.
 */
export function createLog(options: {
  level: string
  format: 'pretty' | 'json'
  redact?: Redact
  out?: NodeJS.WritableStream
}): Log {
  const out = options.out ?? process.stderr
  const stream = options.format === 'pretty' ? pretty({ destination: out, ignore: 'pid,hostname', sync: true }) : out
  return pino({ level: options.level, base: null, hooks: { streamWrite: options.redact ?? createRedact([]) } }, stream)
}
