import { access, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'

/** The demo in a process of its own, with a model that does not pause, and with commands where they are given. */
async function start(once: boolean, commands: string[] = [], more: Record<string, string> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'errand-demo-test-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const TMPDIR = join(dir, 'tmp')
  await mkdir(TMPDIR)
  const code = `import { runDemo } from './src/demo/demo.ts'
    process.exitCode = await runDemo(process.env, { once: ${once}, paceMs: 0 })`
  const { exitCode, stdout } = await execa(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', code],
    {
      env: { PATH: process.env.PATH ?? '', OUTPUTS_DIR: join(dir, 'outputs'), TMPDIR, ...more },
      input: commands.map(command => `${command}\n`).join(''),
      extendEnv: false,
      reject: false,
      timeout: 45_000,
    },
  )
  const left = (await readdir(TMPDIR)).filter(name => name.startsWith('errand-demo-'))
  return { exitCode, stdout, left, outputs: join(dir, 'outputs') }
}

const fileIn = (stdout: string, name: string) =>
  new RegExp(`^ *${name} .* (\\S+/${name})$`, 'm').exec(stdout)?.[1] ?? ''

test('it ends with 1 when its sample job failed', async () => {
  const { exitCode, stdout, left } = await start(true, [], { CLAUDE_BIN: resolve('test/fixtures/claude-fixture.mjs') })
  expect(stdout).toContain('without making a file that fits `brief.md`')
  expect(stdout).not.toContain('admin page') // it has ended when anybody could follow the link
  expect([exitCode, left]).toEqual([1, []])
})

test('it runs its sample job, then takes commands, asks where it is told to, and leaves nothing but files', async () => {
  const { exitCode, stdout, left } = await start(false, ['jobs', 'brand-data Kestrel', 'brief topic=Rain audience=?'])
  expect(stdout).toMatch(/^> brief topic="Winter tyres"/)
  expect(stdout).toMatch(/done in .* · \$\d\.\d\d · 2 files/)
  expect(stdout).toMatch(/The admin page is at http:\/\/127\.0\.0\.1:\d+; log in with the token `[\w-]{16}`/)
  expect(stdout).toMatch(/Now you: .*\n/)
  expect(stdout).toMatch(/✓ `brief · Winter tyres` — done/)
  expect(stdout).toMatch(/brand-data · Kestrel — done/)
  for (const name of ['brief.md', 'sources.md', 'brand-data.json']) await access(resolve(fileIn(stdout, name)))
  expect(stdout).toMatch(/Who is the brief for\?[\s\S]*Dealers: errand answer \w{8} Dealers/)
  expect([exitCode, left]).toEqual([0, []])
})
