import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

/**
 * A recorded run of CLI 2.1.329 against a scripted API: what it printed, the last that it said on stderr, and how it
 * ended. The first letter of its name says what was tried: a plain, b partial messages, c tools, d bidirectional,
 * e control protocol, f questions, g sessions, h errors, i signals, j MCP, k other flags, n commands and skills,
 * o settings and trust, p permissions.
 */
export type RecordedRun = { name: string; exit: number | null; signal: string | null; stderr: string; stdout: string }

/** Every recorded run; the fixture holds one as JSON a line, compressed with Brotli. */
export const readRecordedRuns = (): RecordedRun[] =>
  brotliDecompressSync(readFileSync(new URL('../fixtures/claude-runs.jsonl.br', import.meta.url)))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as RecordedRun)
