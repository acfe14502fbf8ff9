import type { EventBody, FailureCode, QuestionKind, Spent, Usage } from '../job.ts'
import type { Sandbox } from '../sandbox.ts'

/**
 * An agent CLI as the engine sees it; another one is another folder beside `claude/`.
 *
 * `check` is called once at start. `run` is called once an attempt, many at a time, each in folders of its own. What
 * it yields: `spawned` first, when its process could be started, then `log` and `alive` in any order, and `ended`
 * exactly once as the last. When the signal is aborted it ends its process and every process of its group, and still
 * yields `ended`; when the iteration is left early, the process is ended too. It throws only for a bug; everything
 * that an agent can do wrong is an `ended`.
 */
export type Agent = {
  readonly name: string
  /** Throws a UserError with a remedy when the agent's program cannot run here. */
  check(): Promise<void>
  run(task: Task, signal: AbortSignal): AsyncIterable<AgentEvent>
  /** The shell command by which a person opens a session of it in a terminal; nothing of the session may go on. */
  openCommand(workspace: string, session: { dir: string; nativeId: string }): Promise<string>
  /** What people have said in a session, as far as it has taken that in: words whose turn was ended before are missing. */
  heard(session: { dir: string }): Promise<string[]>
}

/** What one attempt asks of an agent; every path is absolute and exists. */
export type Task = {
  /** Names the attempt in the agent's environment, so that what it leaves behind can be told from other processes. */
  marker: string
  prompt: string
  workspace: string
  /** The folder of its memory and settings, and its own id there: null begins a new one. */
  session: { dir: string; nativeId: string | null }
  tmp: string
  allowedTools: readonly string[]
  /** Tools that run after a person's approval only. */
  askTools: readonly string[]
  /** The sandbox that it is to have at least; null: the server's. */
  sandbox: Sandbox | null
  /** The hosts that it may reach besides its model and its MCP servers; null: as the server's sandbox has it. */
  network: readonly string[] | null
  /** MCP servers by name, as the agent's own configuration writes them; all their tools are allowed. */
  mcpServers: Readonly<Record<string, unknown>>
  model: string | null
  /** How long it may be silent before it is stopped, in milliseconds; its own limits are to be shorter. */
  stallMs: number
  /** What this attempt may still cost; null: no limit. */
  maxCostUsd: number | null
  /** False once nothing is left to pay further calls with: no more are let through, where they can be seen. */
  isFunded(): boolean
  /**
   * Hears of each call to the model at once, where the agent's calls can be seen: when its beginning is counted and at
   * its end, each time with what is new. Whatever is told was told when the run is over.
   */
  onCall(call: ModelCall): void
  /**
   * Called once the agent can be spoken to. What it is given says a text into the turn that goes on; false once none
   * does any more. What was said is answered before the run is over, unless that is stopped.
   */
  onOpen(say: (text: string) => boolean): void
  /** Nothing is changed before a person has approved the agent's plan. */
  plan: boolean
  /**
   * Asks a person. Called only once the agent's session holds the call that asks, so that an answer finds it again;
   * the agent waits without a limit. Null: the run is being ended, or `withdrawn` says that the agent waits no more;
   * then the call stays without an answer.
   */
  ask(question: AgentQuestion, withdrawn: AbortSignal): Promise<AgentAnswer | null>
}

/** A tool call that waits for a person. `text` says it in words: what is asked, what would be done, or the plan whole. */
export type AgentQuestion = {
  toolUseId: string
  kind: QuestionKind
  tool: string
  input: Readonly<Record<string, unknown>>
  text: string
}

/** What a person said: the call runs with exactly this input, or not at all, and the agent is told why. */
export type AgentAnswer = { allow: true; input: Readonly<Record<string, unknown>> } | { allow: false; why: string }

/** A call to the model, as far as it is known by now. */
export type ModelCall = {
  model: string | null
  /** The status of its answer; null: none came. */
  status: number | null
  /** The API's own name of the call. */
  requestId: string | null
  /** What it used since it was told of before; dollars by a list of prices. */
  spent: Spent
  /** False: its model is not in the list, and the dearest price was taken. */
  isPriced: boolean
  /** What its answer says about the limits of the account: the API's headers, by name. */
  limits: Readonly<Record<string, string>>
  /** Why it did not come to its end. */
  error: string | null
}

export type AgentEvent =
  | { kind: 'spawned'; pid: number; nativeSession: string }
  | { kind: 'log'; body: EventBody }
  /** A sign of life that is worth no line; `draft` is the whole text that the agent is writing just now. */
  | { kind: 'alive'; draft?: string }
  | { kind: 'ended'; end: AgentEnd }

/** How a run ended, and what it cost: dollars and tokens of the whole session as the agent counts them. */
export type AgentEnd = (
  | { ok: true; answer: string }
  | {
      ok: false
      failure: Extract<FailureCode, 'agent_error' | 'api_error' | 'auth' | 'usage_limit' | 'budget'>
      message: string
      /** The session that was to go on does not exist, and nothing was done: a new one can take its place. */
      sessionGone?: boolean
      /** The account has nothing left for now, or the API cannot take more: the same job can go on later. */
      hold?: 'usage' | 'overload'
      /** When that is over, as far as the agent was told. */
      resetsAt?: Date | null
    }
) & { costUsd: number; usage: Usage | null }
