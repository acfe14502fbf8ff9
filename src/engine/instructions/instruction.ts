import type { Sandbox } from '../../sandbox.ts'
import type { InputDefinition } from './inputs.ts'

/** One file of the instructions folder, checked: what it asks for, what it may use, and its prompt. */
export type Instruction = {
  name: string
  /** SHA-256 of `source` in hex; a job keeps it, so that a later change of the file changes no job. */
  sha: string
  source: string
  description: string
  inputs: InputDefinition[]
  /** Globs of the files that go back to the chat; null: every file made. */
  outputs: string[] | null
  allowedTools: string[]
  /** Tools that run only after an approval; none of them is among the allowed ones. */
  askTools: string[]
  /** The sandbox that its jobs have at least; null: the server's. */
  sandbox: Sandbox | null
  /** Hosts that its jobs reach besides the model (`wayTo` reads them); null: none in `bwrap`, elsewhere the machine's. */
  network: string[] | null
  /** Who may approve: keys such as `user:slack:U024` and `role:discord:77`, or `requester`. */
  approvers: string[]
  /** A person approves the agent's plan before it changes anything. */
  plan: boolean
  model: string | null
  /** Minutes of running time, never above the server's limit; null: the server's. */
  timeoutMinutes: number | null
  /** Dollars that a job may cost; null: the server's limit. */
  maxCost: number | null
  /** Keys of who may run it and where (`mayRun` reads them); empty: everyone, everywhere. */
  allow: string[]
  /** Names of MCP servers whose tools it may use. */
  mcp: string[]
  examples: Record<string, unknown>[]
  prompt: string
  /** The folder of files that every job of it may read: an absolute path without links; null where there is none. */
  reference: string | null
}

/** What is wrong with a file of the instructions folder: its line from 1, and one sentence with the remedy. */
export type Mistake = { file: string; line: number; message: string }

/** What the instructions folder holds now. `mcpServers` are those of its mcp.json, each as it stands there. */
export type Instructions = {
  byName: ReadonlyMap<string, Instruction>
  mistakes: readonly Mistake[]
  mcpServers: ReadonlyMap<string, unknown>
}
