import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'

export type Log = Logger

/**
 * The program's own log on stderr. Every line passes one filter that puts `[secret]` in the place of each configured
 * secret, whatever field or error text carried it.
 */
export function createLog(options: {
  level: string
  format: 'pretty' | 'json'
  secrets: readonly string[]
  out?: NodeJS.WritableStream
}): Log {
  const out = options.out ?? process.stderr
  const stream = options.format === 'pretty' ? pretty({ destination: out, ignore: 'pid,hostname', sync: true }) : out
  return pino({ level: options.level, base: null, hooks: { streamWrite: redactor(options.secrets) } }, stream)
}

/** Replaces secrets in a text; those shorter than 6 characters are left, since they would match by chance. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // A log line is JSON, where a secret with a quote or a backslash stands escaped.
  const forms = secrets.filter(secret => secret.length >= 6).flatMap(s => [s, JSON.stringify(s).slice(1, -1)])
  forms.sort((a, b) => b.length - a.length) // one that holds another goes first, or its rest would stay
  return text => forms.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text)
}
