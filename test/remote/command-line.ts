import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { listen } from '../../src/admin/server.ts'
import { runProgram } from '../../src/program.ts'
import { adminOf, listening, TOKEN } from '../support/admin.ts'
import { makeWorld } from '../support/world.ts'

export const BRIEF = `---
description: Write a brief
inputs:
  topic: { type: text, required: true }
  words: { type: integer, min: 100, max: 5000 }
  tone: { type: choice, options: [plain, formal] }
  publish: { type: boolean, default: false }
  sources: { type: file, max: 5 }
outputs: ["*.md"]
---
DO [["say", "Here I go."], ["write", ["brief.md", "About tyres"]], ["result", "It is ready."]]`

/** A folder of the test's own. */
export async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-remote-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A whole server on loopback, whose agent is a fixture or the real CLI, and the command line that talks to it. */
export async function serverFor(options: Partial<Parameters<typeof makeWorld>[0]>) {
  const bin = options.model ? {} : { bin: resolve('test/fixtures/claude-fixture.mjs') }
  const world = await makeWorld({ instructions: { brief: BRIEF }, ...bin, ...options })
  onTestFinished(() => world[Symbol.asyncDispose]())
  let server = await listening(adminOf(world))
  onTestFinished(() => server.stop())
  const { url } = server
  return {
    world,
    url,
    errand: (...args: string[]) => errand({ ERRAND_URL: url, ERRAND_TOKEN: TOKEN }, ...args),
    stop: () => server.stop(),
    startAgain: async () => {
      server = await listen(adminOf(world), { host: '127.0.0.1', port: Number(new URL(url).port) })
    },
  }
}

export type Ran = { status: number; out: string; err: string }

/** Runs a command line in this process. */
export async function errand(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const out: string[] = []
  const err: string[] = []
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(text => void out.push(String(text))),
    vi.spyOn(console, 'error').mockImplementation(text => void err.push(String(text))),
  ]
  try {
    const status = await runProgram(['node', 'errand', ...args])
    return { status, out: out.join('\n'), err: err.join('\n') }
  } finally {
    for (const spy of spies) spy.mockRestore()
    for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error')
    vi.unstubAllEnvs()
  }
}
