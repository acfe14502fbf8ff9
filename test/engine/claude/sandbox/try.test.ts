import { chmod, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { inBubblewrap } from '../../../../src/engine/claude/sandbox/bwrap.ts'
import { prepareEscape } from '../../../../src/engine/claude/sandbox/escape.ts'
import { trySandboxes } from '../../../../src/engine/claude/sandbox/try.ts'
import type { Sandbox } from '../../../../src/sandbox.ts'
import { because, REASON_TO_SKIP } from './here.ts'

/** For root the CLI's own sandbox leaves a way out. */
const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'

/** Tries with the machine's own PATH, or with one that begins with, or consists of, these programs. */
async function tryWith(
  wanted: Sandbox | 'auto',
  programs: Record<string, string> = {},
  { system = true, hidden = [] }: { system?: boolean; hidden?: string[] } = {},
) {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand try ')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(dir, name), 0o755)
  }
  const PATH = system ? `${dir}:${process.env.PATH}` : dir
  const sandboxes = await trySandboxes(wanted, {
    bin: null,
    env: { PATH },
    dataDir: dir,
    account: null,
    hidden: [dir, ...hidden],
  })
  expect((await readdir(dir)).sort()).toEqual(Object.keys(programs).sort()) // nothing stays behind
  return sandboxes
}

/** Stands for a bubblewrap that confines nothing. */
const SHAM = 'while [ "$1" != -- ]; do [ "$1" = --chdir ] && cd "$2"; shift; done; shift; exec "$@"'
const ENV = 'exec /usr/bin/env "$@"'

const { bwrap, cli } = REASON_TO_SKIP

test.skipIf(bwrap !== null)(`auto takes the strictest that works${because(bwrap)}`, async () => {
  expect(await tryWith('auto')).toMatchObject({ inForce: 'bwrap', faults: { bwrap: null } })
})

test.runIf(isLinux)('without bubblewrap auto takes none, and says what to install', async () => {
  const { inForce, faults } = await tryWith('auto', { env: ENV }, { system: false })
  expect(inForce).toBe(null)
  expect(faults).toEqual({ bwrap: expect.stringContaining('apt-get install'), cli: expect.stringContaining('socat') })
})

test.runIf(isLinux)('a sandbox that is asked for and does not work is one sentence with the remedy', async () => {
  await expect(tryWith('bwrap', { env: ENV }, { system: false })).rejects.toThrow(
    /^SANDBOX=bwrap does not work here: bubblewrap is not installed; install it \(.*\)\. Or set SANDBOX to another one\.$/,
  )
})

test.runIf(isLinux)('a bubblewrap that the system refuses is no sandbox, and its words are kept', async () => {
  const refused = 'echo "bwrap: No permissions to create new namespace" >&2; exit 1'
  await expect(tryWith('bwrap', { bwrap: refused })).rejects.toThrow(/No permissions .*docs\/sandbox\.md/)
})

test.skipIf(cli !== null)(`without socat bubblewrap is none, and says what to install${because(cli)}`, async () => {
  const { stdout: socat } = await execa('sh', ['-c', 'readlink -f "$(command -v socat)"'])
  const { inForce, faults } = await tryWith('auto', {}, { hidden: [socat] })
  expect(inForce).not.toBe('bwrap')
  expect(faults.bwrap).toBe(
    'bubblewrap works, but not socat, the only way out of it; install it (on Debian: apt-get install socat).',
  )
})

test.skipIf(bwrap !== null)(`a bubblewrap that leaves the network open is no sandbox${because(bwrap)}`, async () => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'errand-escape-')))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const { task, script, booty, close } = await prepareEscape(dir)
  onTestFinished(close)
  const within = { readable: [process.execPath], hidden: [], bridges: null }
  const [program = '', ...args] = inBubblewrap(['/bin/sh', '-c', script], task, within)
  await execa(program, args)
  expect(await booty()).toBe('a service of this machine could be reached')
})

test.runIf(isLinux)('a bubblewrap that lets through is no sandbox', async () => {
  // Of this machine's sockets some are there already; a socat of its own would stay behind.
  await expect(tryWith('bwrap', { bwrap: SHAM, socat: ':' })).rejects.toThrow(
    /did not hold, the server's files could be read/,
  )
})

test.skipIf(cli !== null)(
  `SANDBOX=off tries what may be asked for, and puts none in force${because(cli)}`,
  async () => {
    const { inForce, faults } = await tryWith('off')
    expect([inForce, faults.bwrap, faults.cli === null]).toEqual(['off', null, !isRoot])
  },
)

test.skipIf(cli !== null || isRoot)(`the CLI's own is taken where it is wanted${because(cli)}`, async () => {
  expect((await tryWith('cli')).inForce).toBe('cli')
})

test.skipIf(cli !== null || !isRoot)(
  `for root the CLI's own is none: the machine stays open${because(cli)}`,
  async () => {
    const refusal = /settings could be changed, since the server runs as root; run .* normal user/
    await expect(tryWith('cli')).rejects.toThrow(refusal)
  },
)
