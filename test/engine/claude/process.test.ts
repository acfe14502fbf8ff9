import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startClaude } from '../../../src/engine/claude/process.ts'
import { inBubblewrap } from '../../../src/engine/claude/sandbox/bwrap.ts'
import { because, REASON_TO_SKIP } from './sandbox/here.ts'
import { taskOf } from './task.ts'

/** Starts a shell in bubblewrap as the CLI is started. */
async function start(script: string) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-process-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const [workspace, session, tmp] = [join(dir, 'workspace'), join(dir, 'session'), join(dir, 'tmp')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  const task = taskOf({ workspace, session: { dir: session, nativeId: null }, tmp })
  const command = inBubblewrap(['/bin/sh', '-c', script], task, { readable: [], hidden: [], bridges: null })
  return startClaude(command, { PATH: process.env.PATH ?? '' }, task)
}

const { bwrap: reason } = REASON_TO_SKIP

test.skipIf(reason !== null)(`a stop while bubblewrap sets up is not lost${because(reason)}`, async () => {
  for (const ms of [0, 1, 2, 5, 10]) {
    const claude = await start('sleep 9')
    await delay(ms)
    claude.kill()
    expect(await Promise.race([claude.exited, delay(3000)])).toMatchObject({ signal: 'SIGKILL' })
  }
})

test.skipIf(reason !== null)(`what has said something may end by itself${because(reason)}`, async () => {
  const claude = await start('trap "echo well; exit 3" TERM; echo up; while :; do sleep 0.02; done')
  const said: string[] = []
  for await (const lines of claude.lines()) {
    // Once: its answer to a second one would be a second answer.
    if (said.length === 0) claude.kill()
    said.push(...lines.map(({ text }) => text))
  }
  expect(said).toEqual(['up', 'well'])
  expect(await claude.exited).toMatchObject({ code: 3 })
})

test.skipIf(process.platform !== 'linux')(
  'what it left behind keeps it from ending neither by stdout nor by stderr',
  async () => {
    const command = 'setsid sleep 9 & echo $!; echo why >&2; exit 3'
    const claude = startClaude(['sh', '-c', command], { PATH: process.env.PATH ?? '' }, { workspace: tmpdir() })
    const said: string[] = []
    for await (const lines of claude.lines()) said.push(...lines.map(({ text }) => text))
    onTestFinished(() => void process.kill(Number(said[0]), 'SIGKILL'))
    expect(await Promise.race([claude.exited, delay(3000)])).toMatchObject({ code: 3, stderr: 'why\n' })
  },
)
