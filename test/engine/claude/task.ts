import type { Task } from '../../../src/engine/agent.ts'

/** A task in folders that need not exist. */
export const taskOf = (changes: Partial<Task> = {}): Task => ({
  marker: 'job00001/1',
  prompt: 'Write about tyres',
  workspace: '/data/workspaces/w',
  session: { dir: '/data/sessions/s', nativeId: null },
  tmp: '/data/tmp/job00001-1',
  allowedTools: ['Read', 'Write'],
  askTools: [],
  sandbox: null,
  network: null,
  mcpServers: {},
  model: null,
  stallMs: 600_000,
  maxCostUsd: null,
  isFunded: () => true,
  onCall: () => {},
  onOpen: () => {},
  plan: false,
  ask: async () => null,
  ...changes,
})
