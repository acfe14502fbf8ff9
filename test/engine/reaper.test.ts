import { tmpdir } from 'node:os'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { reap } from '../../src/engine/reaper.ts'
import { eventually } from '../support/eventually.ts'
import { processesOf } from '../support/sound.ts'

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
