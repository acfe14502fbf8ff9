import { expect, test } from 'vitest'
import { chooseSandbox, type Sandbox, type Sandboxes } from '../src/sandbox.ts'

const BASH = { tools: ['Read', 'Bash'], asked: null }

const machine = (inForce: Sandbox | null, faults: Partial<Sandboxes['faults']> = {}): Sandboxes => ({
  inForce,
  faults: { cli: null, bwrap: null, ...faults },
  hidden: [],
})

test.each([
  ['off', null, 'off'],
  ['cli', null, 'cli'],
  ['bwrap', null, 'bwrap'],
  ['off', 'cli', 'cli'],
  ['cli', 'bwrap', 'bwrap'],
  ['bwrap', 'cli', 'bwrap'],
  ['cli', 'cli', 'cli'],
] as const)('with %s in force and %s asked for it is %s: stricter, never looser', (inForce, asked, sandbox) => {
  expect(chooseSandbox(machine(inForce), { ...BASH, asked })).toEqual({ sandbox })
})

test('what is asked for and does not work is a fault with the remedy, whatever the tools', () => {
  const faults = { bwrap: 'bubblewrap is not installed; install it.' }
  for (const inForce of ['off', 'cli', null] as const)
    expect(chooseSandbox(machine(inForce, faults), { tools: [], asked: 'bwrap' })).toEqual({
      about: 'asked',
      fault: '`sandbox: bwrap` does not work here: bubblewrap is not installed; install it. Or remove the key.',
    })
})

test('where none works, Bash is a fault with the remedies, and everything else runs without one', () => {
  const none = machine(null, { bwrap: 'bubblewrap is not installed; install it.', cli: 'it needs socat.' })
  expect(chooseSandbox(none, BASH)).toEqual({
    about: 'Bash',
    fault:
      '`Bash` needs a sandbox, and none works here. bwrap: bubblewrap is not installed; install it. cli: it needs socat. Or set SANDBOX=off to let it run without one.',
  })
  expect(chooseSandbox(none, { tools: ['Read'], asked: null })).toEqual({ sandbox: 'off' })
})
