import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { release, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inBubblewrap, limited, MAX_PROCESSES } from '../../../../src/engine/claude/sandbox/bwrap.ts'
import { eventually } from '../../../support/eventually.ts'
import { processesOf } from '../../../support/sound.ts'
import { taskOf } from '../task.ts'
import { because, REASON_TO_SKIP } from './here.ts'

const { bwrap: reason } = REASON_TO_SKIP
const NO_LIMIT = limited(release()).length > 0 ? null : 'processes are counted by namespace since Linux 5.14'

async function makeTask() {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-bwrap-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const [workspace, session, tmp] = [join(dir, 'workspace'), join(dir, 'session'), join(dir, 'tmp')]
  for (const folder of [workspace, session, tmp]) await mkdir(folder)
  return { dir, ...taskOf({ workspace, session: { dir: session, nativeId: null }, tmp }) }
}

type Given = { hidden?: string[]; readable?: string[]; uid?: number }

/** Starts a shell in a new sandbox, in a process group of its own as the CLI is. */
function shell(task: Awaited<ReturnType<typeof makeTask>>, script: string, given: Given = {}) {
  const { hidden = [task.dir], readable = [], uid } = given
  const [program = '', ...args] = inBubblewrap(['/bin/sh', '-c', script], task, { readable, hidden, bridges: null })
  const env = { PATH: process.env.PATH ?? '' }
  const user = uid === undefined ? {} : { uid, gid: uid }
  return execa(program, args, { env, extendEnv: false, reject: false, killDescendants: true, ...user })
}

test.each([
  ['5.13.19', false],
  ['5.14.0-427.el9.x86_64', true],
  ['6.1.0-28-amd64', true],
])('on Linux %s processes are limited: %s', (kernel, isLimited) => {
  expect(limited(kernel).length > 0).toBe(isLimited)
})

describe.skipIf(reason !== null)(`in bubblewrap${because(reason)}`, () => {
  test('the attempt writes in its three folders, and /tmp is one of them', async () => {
    const task = await makeTask()
    const script = `echo 1 > a; echo 2 > ${task.session.dir}/b; echo 3 > ${task.tmp}/c; echo 4 > /tmp/d`
    expect((await shell(task, script)).stderr).toBe('')
    expect(await readdir(task.workspace)).toEqual(['a'])
    expect(await readdir(task.session.dir)).toEqual(['b'])
    expect(await readdir(task.tmp)).toEqual(expect.arrayContaining(['c', 'd']))
  })

  test.each(['/', '/usr', '/etc', '/proc/sys/vm/swappiness', '/proc/sysrq-trigger', '/home'])(
    'nothing is written to %s',
    async path => {
      const { stdout } = await shell(await makeTask(), `(echo x > ${path}/x || echo x > ${path}) && echo written`)
      expect(stdout).toBe('')
    },
  )

  test('secrets of the system stay out of sight', async () => {
    const { stdout } = await shell(
      await makeTask(),
      'ls -d /etc/shadow /etc/ssl/private /root /home /var /run /sys /boot',
    )
    expect(stdout).toBe('')
  })

  test('there are no rights, no further namespaces and no terminal', async () => {
    const script = 'grep CapEff /proc/self/status; unshare -U true || echo refused; cat /dev/tty || echo none'
    const { stdout } = await shell(await makeTask(), script)
    expect(stdout.split(/\s+/)).toEqual(['CapEff:', '0000000000000000', 'refused', 'none'])
  })

  test('the environment is what was given, and of the processes only its own are there', async () => {
    const { stdout } = await shell(await makeTask(), 'env | grep -v PWD= | grep -v ^_=; ls /proc | grep -c "^[0-9]"')
    expect(stdout.split('\n').map(line => line.split('=')[0])).toEqual(['PATH', expect.stringMatching(/^[345]$/)])
  })

  test('reference material is read and not written, by no tool at all', async () => {
    const task = await makeTask()
    await mkdir(join(task.workspace, 'reference'))
    await writeFile(join(task.workspace, 'reference/style.md'), 'short')
    const { stdout } = await shell(
      task,
      'cat reference/style.md; echo x > reference/style.md || rm -r reference || mv reference r',
    )
    expect(stdout).toBe('short')
    expect(await readFile(join(task.workspace, 'reference/style.md'), 'utf8')).toBe('short')
  })

  test('a link that an earlier attempt left where reference material stands opens nothing', async () => {
    const task = await makeTask()
    await mkdir(join(task.dir, 'other'))
    await writeFile(join(task.dir, 'other/notes.md'), 'rhubarb')
    await symlink(join(task.dir, 'other'), join(task.workspace, 'reference'))
    expect((await shell(task, 'cat reference/notes.md; echo ran')).stdout).toBe('ran')
  })

  test('what is named as readable is read and not written', async () => {
    const task = await makeTask()
    const file = join(task.dir, 'readable')
    await writeFile(file, 'a')
    expect((await shell(task, `cat ${file}; echo b >> ${file}`, { readable: [file] })).stdout).toBe('a')
    expect(await readFile(file, 'utf8')).toBe('a')
  })

  test('what the server keeps in a folder of the system is not seen', async () => {
    const { stdout } = await shell(await makeTask(), 'ls /usr/share; cat /usr/bin/xargs; echo end', {
      hidden: ['/usr/share', '/usr/bin/xargs'],
    })
    expect(stdout).toBe('end')
  })

  test('SIGTERM reaches the program itself, which may take its time to end', async () => {
    const child = shell(
      await makeTask(),
      'trap "sleep 0.1; echo well; exit 143" TERM; echo up; while :; do sleep 0.02; done',
    )
    child.stdout.once('data', () => child.kill('SIGTERM'))
    const { exitCode, stdout } = await child
    expect([exitCode, stdout]).toEqual([143, 'up\nwell'])
  })

  test("a program's own children obey SIGTERM", async () => {
    const { stdout } = await shell(await makeTask(), 'sleep 9 & kill $!; wait $!; echo $?')
    expect(stdout).toBe('143')
  })

  test('SIGKILL, as when the server dies, leaves nothing behind', async () => {
    const task = await makeTask()
    const beat =
      'env -i setsid sh -c "while echo x >> beats; do sleep 0.02; done" & until [ -s beats ]; do :; done; echo up; wait'
    const child = shell(task, beat)
    child.stdout.once('data', () => process.kill(child.pid ?? 0, 'SIGKILL'))
    await child
    const beats = join(task.workspace, 'beats')
    const before = (await readFile(beats)).length
    await new Promise(resolve => setTimeout(resolve, 200))
    expect((await readFile(beats)).length).toBe(before)
  })

  test.skipIf(NO_LIMIT !== null)(
    `a fork bomb stays under its limit and ends with its job${because(NO_LIMIT)}`,
    { timeout: 30_000 },
    async () => {
      const task = await makeTask()
      const user = process.getuid?.() === 0 ? { uid: 1000 } : {}
      if (user.uid) await execa('chown', ['-R', '1000:1000', task.dir])
      const count = 'ls /proc | grep -c "^[0-9]"'
      // Harmless whatever the limit does: the shell stops at the first fork that is refused, or after a few too many.
      const tame = `( i=0; while [ $i -lt ${MAX_PROCESSES + 50} ]; do sleep 9 & i=$((i+1)); done ); ${count}`
      const { stdout: most, stderr } = await shell(task, tame, user)
      expect(stderr).toContain('fork')
      expect(Number(most)).toBeLessThan(MAX_PROCESSES + 10)

      const job = basename(task.dir)
      // In bash, which tries again when it may not fork: those of dash end of themselves.
      const bomb = shell(task, `ERRAND_ATTEMPT=${job}/1 exec bash -c 'b() { b | b & b; }; b'`, user)
      await eventually(() => expect(processesOf(job).length).toBeGreaterThan(100))
      bomb.kill('SIGKILL')
      await bomb
      await eventually(() => expect(processesOf(job)).toEqual([]))
    },
  )

  test.skipIf(process.getuid?.() !== 0)('all this holds for a normal user too', async () => {
    const task = await makeTask()
    await execa('chown', ['-R', '1000:1000', task.dir])
    const { stdout } = await shell(task, 'id -u; echo x > a; cat a; ls /etc/shadow; grep CapEff /proc/self/status', {
      uid: 1000,
    })
    expect(stdout.split(/\s+/)).toEqual(['1000', 'x', 'CapEff:', '0000000000000000'])
  })
})
