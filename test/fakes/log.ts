import { Writable } from 'node:stream'
import { createLog, type Log } from '../../src/log.ts'

/** The program's own log, kept for the test to read: one object a line. */
export function createFakeLog(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const out = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>)
      done()
    },
  })
  return { log: createLog({ level: 'info', format: 'json', out }), lines }
}
