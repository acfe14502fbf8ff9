import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { holdLock, isLockLeft } from '../../src/db/lock.ts'

async function lockPath() {
  const dir = await mkdtemp(join(tmpdir(), 'errand-lock-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return join(dir, 'lock')
}

test('a lock is held while its process sleeps, and left when it is killed', async () => {
  const path = await lockPath()
  const script = `const { holdLock } = await import(${JSON.stringify(resolve('src/db/lock.ts'))})
    holdLock(${JSON.stringify(path)})
    console.log('held')
    setInterval(() => {}, 1000)`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  const holder = execa(process.execPath, args, { reject: false, buffer: false })
  await new Promise(resolve => holder.stdout.once('data', resolve))
  holder.kill('SIGSTOP')
  expect(isLockLeft(path)).toBe(false)
  holder.kill('SIGKILL')
  await holder
  expect(isLockLeft(path)).toBe(true)
})

test('two in one process see each other, and who gives a lock back leaves nothing', async () => {
  const path = await lockPath()
  const giveBack = holdLock(path)
  expect(isLockLeft(path)).toBe(false)
  giveBack()
  expect([isLockLeft(path), existsSync(path)]).toEqual([false, false])
})

test('what else lies there is no lock that was left, and stays', async () => {
  const path = await lockPath()
  await writeFile(path, 'of a file manager'.repeat(400))
  await mkdir(`${path}s`)
  expect([isLockLeft(path), isLockLeft(`${path}s`)]).toEqual([false, false])
})
