import { expect, test } from 'vitest'
import { chooseSandbox, type Sandbox, type Sandboxes } from '../src/sandbox.ts'

const BASH = { tools: ['Read', 'Bash'], asked: null, network: null }

const machine = (inForce: Sandbox | null, faults: Partial<Sandboxes['faults']> = {}): Sandboxes => ({
  inForce,
  faults: { cli: null, bwrap: null, ...faults },
  networkFault: null,
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
    expect(chooseSandbox(machine(inForce, faults), { tools: [], asked: 'bwrap', network: null })).toEqual({
      about: 'sandbox',
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
  expect(chooseSandbox(none, { tools: ['Read'], asked: null, network: null })).toEqual({ sandbox: 'off' })
})

test('who names hosts has bubblewrap and no other network, or does not run', () => {
  const needs = { tools: [], asked: null, network: ['api.example.com'] }
  for (const inForce of ['off', 'cli', 'bwrap', null] as const)
    expect(chooseSandbox(machine(inForce), needs)).toEqual({ sandbox: 'bwrap' })
  for (const machineWithout of [
    { ...machine('bwrap'), networkFault: 'it needs socat.' },
    machine('cli', { bwrap: 'it needs socat.' }),
  ])
    expect(chooseSandbox(machineWithout, needs)).toEqual({
      about: 'network',
      fault: '`network` needs bubblewrap, which does not work here: it needs socat. Or remove the key.',
    })
})
