import { expect, test } from 'vitest'
import { chooseSandbox, type Sandbox, type Sandboxes } from '../src/sandbox.ts'

const BASH = { tools: ['Read', 'Bash'], asked: null, network: null }

const machine = (inForce: Sandbox | null, faults: Partial<Sandboxes['faults']> = {}): Sandboxes => ({
  inForce,
  faults: { cli: null, bwrap: null, ...faults },
  needsNetwork: false,
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
  expect(chooseSandbox(machine(inForce), { ...BASH, asked })).toMatchObject({ sandbox })
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
  expect(chooseSandbox(none, { tools: ['Read'], asked: null, network: null })).toEqual({
    sandbox: 'off',
    network: null,
  })
})

test('who names hosts has bubblewrap and no other network, or does not run', () => {
  const needs = { tools: [], asked: null, network: ['api.example.com'] }
  for (const inForce of ['off', 'cli', 'bwrap', null] as const)
    expect(chooseSandbox(machine(inForce), needs)).toEqual({ sandbox: 'bwrap', network: ['api.example.com'] })
  const fault = '`network` needs bubblewrap, which does not work here: it needs socat. Or remove the key.'
  expect(chooseSandbox(machine('cli', { bwrap: 'it needs socat.' }), needs)).toEqual({ about: 'network', fault })
})

test('in bubblewrap the network is closed for who names no hosts, unless the agent needs it for its model', () => {
  expect(chooseSandbox(machine('bwrap'), BASH)).toEqual({ sandbox: 'bwrap', network: [] })
  expect(chooseSandbox(machine('off'), { ...BASH, asked: 'bwrap' })).toEqual({ sandbox: 'bwrap', network: [] })
  const cloud = { ...machine('bwrap'), needsNetwork: true }
  expect(chooseSandbox(cloud, BASH)).toEqual({ sandbox: 'bwrap', network: null })
  expect(chooseSandbox(cloud, { ...BASH, network: [] })).toEqual({ sandbox: 'bwrap', network: [] })
  for (const inForce of ['off', 'cli'] as const)
    expect(chooseSandbox(machine(inForce), BASH)).toEqual({ sandbox: inForce, network: null })
})

test('who names every host needs no sandbox for it, and has what there is', () => {
  const needs = { tools: ['WebFetch'], asked: null, network: ['*'] }
  const without = { bwrap: 'it is not installed.' }
  expect(chooseSandbox(machine('off', without), needs)).toEqual({ sandbox: 'off', network: null })
  expect(chooseSandbox(machine('cli', without), needs)).toEqual({ sandbox: 'cli', network: null })
  expect(chooseSandbox(machine('bwrap'), needs)).toEqual({ sandbox: 'bwrap', network: ['*'] })
})

test('WebFetch without a host is a fault where the network is closed, and nowhere else', () => {
  const needs = { tools: ['WebFetch'], asked: null, network: null }
  expect(chooseSandbox(machine('bwrap'), needs)).toEqual({
    about: 'WebFetch',
    fault:
      '`WebFetch` reaches nothing in the sandbox: name its hosts, as in `network: [www.example.com]`, or every one by `network: ["*"]`.',
  })
  expect(chooseSandbox({ ...machine('bwrap'), needsNetwork: true }, needs)).toMatchObject({ network: null })
  for (const network of [['www.example.com'], []])
    expect(chooseSandbox(machine('bwrap'), { ...needs, network })).toEqual({ sandbox: 'bwrap', network })
  for (const inForce of ['off', 'cli', null] as const)
    expect(chooseSandbox(machine(inForce), needs)).not.toHaveProperty('fault')
})
