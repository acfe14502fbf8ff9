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
  const { exitCode, stdout } = await execa('node_modules/.bin/tsx', ['--input-type=module', '--eval', code], {
    env: { PATH: process.env.PATH ?? '', OUTPUTS_DIR: join(dir, 'outputs'), TMPDIR, ...more },
    input: commands.map(command => `${command}\n`).join(''),
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  })
  const left = (await readdir(TMPDIR)).filter(name => name.startsWith('errand-demo-'))
  return { exitCode, stdout, left, outputs: join(dir, 'outputs') }
}

const fileIn = (stdout: string, name: string) =>
  new RegExp(`^ *${name} .* (\\S+/${name})$`, 'm').exec(stdout)?.[1] ?? ''

test('the demo runs its sample job to the end, says where its files lie, and leaves nothing else', async () => {
  const { exitCode, stdout, left } = await start(true)
  expect(stdout).toMatch(/^> brief topic="Winter tyres"/)
  expect(stdout).toMatch(/done in .* · \$\d\.\d\d · 2 files/)
  for (const name of ['brief.md', 'sources.md']) await access(resolve(fileIn(stdout, name)))
  expect(stdout).toMatch(/The admin page is at http:\/\/127\.0\.0\.1:\d+; log in with the token `[\w-]{16}`/)
  expect([exitCode, left]).toEqual([0, []])
})

test('it ends with 1 when its sample job failed', async () => {
  const { exitCode, stdout, left } = await start(true, [], { CLAUDE_BIN: resolve('test/fixtures/claude-fixture.mjs') })
  expect(stdout).toContain('without making a file that fits brief.md')
  expect([exitCode, left]).toEqual([1, []])
})

test('it takes commands afterwards, plays any instruction, and asks where it is told to', async () => {
  const { exitCode, stdout } = await start(false, ['jobs', 'brand-data Kestrel', 'brief topic=Rain audience=?'])
  expect(stdout).toMatch(/Now you: .*\n/)
  expect(stdout).toMatch(/✓ `brief · Winter tyres` — done/)
  expect(stdout).toMatch(/brand-data · Kestrel — done/)
  await access(resolve(fileIn(stdout, 'brand-data.json')))
  expect(stdout).toMatch(/Who is the brief for\?[\s\S]*Dealers: errand answer \w{8} Dealers/)
  expect(exitCode).toBe(0)
})
