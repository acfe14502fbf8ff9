import { execa } from 'execa'

/** Why no sandbox of ours can work on the machine of the tests; null: they have to. Asked of bubblewrap alone. */
async function noSandboxHere(): Promise<string | null> {
  if (process.platform !== 'linux') return 'bubblewrap is there on Linux only'
  const args = ['--unshare-user', '--unshare-pid', '--disable-userns', '--ro-bind', '/', '/', '--proc', '/proc', 'true']
  const { failed, stderr, shortMessage } = await execa('bwrap', args, { reject: false })
  return failed ? stderr || (shortMessage ?? 'it failed') : null
}

const bwrap = await noSandboxHere()
const hasSocat = !(await execa('socat', ['-V'], { reject: false })).failed

/** Why the tests of a sandbox are skipped; null: they are not. */
export const REASON_TO_SKIP = { bwrap, cli: bwrap ?? (hasSocat ? null : 'socat is not installed') }

/** For the name of what is skipped. */
export const because = (reason: string | null): string => (reason === null ? '' : ` (${reason})`)
