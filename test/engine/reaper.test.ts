import { tmpdir } from 'node:os'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { reap } from '../../src/engine/reaper.ts'
import { eventually } from '../support/eventually.ts'
import { processesOf } from '../support/sound.ts'
import { because, REASON_TO_SKIP } from './claude/sandbox/here.ts'

const JOB = 'b0mb0000'
const OTHER_USER = { uid: 65_533, gid: 65_533, cwd: tmpdir(), reject: false, buffer: false } as const

/** As a user whose processes the kernel limits, as a container would. */
const limitedTo = (processes: number, shell: string, script: string, env = {}) =>
  execa('prlimit', [`--nproc=${processes}:${processes}`, shell, '-c', script], { ...OTHER_USER, env, timeout: 15_000 })

test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
  'a fork bomb without a sandbox is ended by its marker while it forks on (where the tests run as root)',
  async () => {
    expect((await limitedTo(1, 'sh', 'true | true')).failed).toBe(true) // the limit holds, or nothing is let loose
    const bomb = limitedTo(150, 'bash', 'b() { b | b & b; }; b', { ERRAND_ATTEMPT: `${JOB}/1` })
    await eventually(() => expect(processesOf(JOB).length).toBeGreaterThan(50))
    expect(await reap([`${JOB}/1`])).toBeGreaterThan(50)
    await bomb
    expect(processesOf(JOB)).toEqual([])
  },
)

test.skipIf(REASON_TO_SKIP.bwrap)(
  `what would end with its sandbox is killed as well, and not told of${because(REASON_TO_SKIP.bwrap)}`,
  async () => {
    const job = 'dy1ng000'
    const env = { ERRAND_ATTEMPT: `${job}/1` }
    const inside = execa('unshare', ['--user', '--pid', '--fork', 'sh', '-c', 'sleep 600 & wait'], {
      env,
      reject: false,
    })
    onTestFinished(() => void inside.kill('SIGKILL'))
    await eventually(() => expect(processesOf(job).length).toBe(3)) // two of them inside
    expect(await reap([`${job}/1`])).toBe(1) // the one that is outside
    await inside
    expect(processesOf(job)).toEqual([])
  },
)
