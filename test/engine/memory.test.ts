import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freeMemory } from '../../src/engine/memory.ts'
import { eventually } from '../support/eventually.ts'

async function makeGroups() {
  const groups = await mkdtemp(join(tmpdir(), 'errand-cgroup-'))
  onTestFinished(() => rm(groups, { recursive: true }))
  await mkdir(join(groups, 'memory'))
  return { groups, write: (name: string, text: string) => writeFile(join(groups, name), text) }
}

test("a container's own limit counts, without the files that it keeps in memory", async () => {
  const { groups, write } = await makeGroups()
  await write('memory.max', '1000000\n')
  await write('memory.current', '900000\n')
  await write('memory.stat', 'anon 500000\ninactive_file 300000\nactive_file 1\n')
  expect(freeMemory(groups)).toBe(400_000)
  await write('memory.max', 'max\n')
  expect(freeMemory(groups)).toBeGreaterThan(1_000_000)
  expect(freeMemory('/nowhere')).toBeGreaterThan(1_000_000)
})

test('so does one of the first version of control groups', async () => {
  const { groups, write } = await makeGroups()
  await write('memory/memory.limit_in_bytes', '1000000\n')
  await write('memory/memory.usage_in_bytes', '900000\n')
  await write('memory/memory.stat', 'inactive_file 1\ntotal_inactive_file 300000\n')
  expect(freeMemory(groups)).toBe(400_000)
  await write('memory/memory.limit_in_bytes', '9223372036854771712\n')
  expect(freeMemory(groups)).toBeGreaterThan(1_000_000)
})

test('the least that is free counts of the groups that hold one another, as of a service of systemd', async () => {
  const { groups, write } = await makeGroups()
  await mkdir(join(groups, 'system.slice/errand.service'), { recursive: true })
  await write('system.slice/memory.max', '5000000\n')
  await write('system.slice/memory.current', '4800000\n')
  await write('system.slice/errand.service/memory.max', '1000000\n')
  await write('system.slice/errand.service/memory.current', '300000\n')
  expect(freeMemory(groups, '0::/system.slice/errand.service\n')).toBe(200_000)
  await write('system.slice/memory.current', '1000000\n')
  expect(freeMemory(groups, '0::/system.slice/errand.service\n')).toBe(700_000)
  expect(freeMemory(groups, '0::/not/here\n')).toBeGreaterThan(1_000_000)
})

test('so do those of the first version', async () => {
  const { groups, write } = await makeGroups()
  await mkdir(join(groups, 'memory/errand'))
  await write('memory/errand/memory.limit_in_bytes', '1000000\n')
  await write('memory/errand/memory.usage_in_bytes', '300000\n')
  expect(freeMemory(groups, '5:cpu,cpuacct:/\n4:memory:/errand\n0::/\n')).toBe(700_000)
})

/** Where this machine lets a test make a control group: as root, with the first version. */
const REAL = '/sys/fs/cgroup/memory'
const mayMake = (() => {
  try {
    accessSync(join(REAL, 'cgroup.procs'), constants.W_OK)
    return true
  } catch {
    return false
  }
})()

test.runIf(mayMake)("a process of a real container takes from what is free there, not from the machine's", async () => {
  const MB = 1024 ** 2
  const group = join(REAL, `errand-test-${process.pid}`)
  const groups = await mkdtemp(join(tmpdir(), 'errand-cgroup-'))
  await mkdir(group)
  await symlink(group, join(groups, 'memory'))
  onTestFinished(() => rm(groups, { recursive: true }))
  onTestFinished(() => eventually(() => rmdir(group))) // once its processes are gone
  await writeFile(join(group, 'memory.limit_in_bytes'), String(128 * MB))
  expect(freeMemory(groups)).toBeGreaterThan(127 * MB)
  // `tail` keeps 40 MB in mind until its input ends.
  const holding = `echo $$ > ${group}/cgroup.procs; (head -c ${40 * MB} /dev/zero; sleep 60) | tail -c ${40 * MB}`
  const holder = spawn('sh', ['-c', holding], { detached: true, stdio: 'ignore' })
  onTestFinished(() => void process.kill(-Number(holder.pid), 'SIGKILL'))
  await eventually(() => expect(freeMemory(groups)).toBeLessThan(88 * MB))
  expect(freeMemory(groups)).toBeGreaterThan(60 * MB)
})
