import type { ColumnType, Generated } from 'kysely'
import type { AttemptCause, EventKind, FailureCode, JobStatus, QuestionKind, Role } from '../job.ts'
import type { LaneTable, LedgerTable, LimitTable, PauseTable, QueueTable } from './queue-tables.ts'
import type { ScheduleTable, TickTable } from './schedule-tables.ts'

/**
 * The tables as Kysely sees them; migrations/ says the same to the database.
 * Ids are text made by the program, times ISO 8601 UTC text, structured values JSON as text, flags 0 or 1.
 */
export type Schema = {
  server: ServerTable
  conversation: ConversationTable
  workspace: WorkspaceTable
  session: SessionTable
  job: JobTable
  queue: QueueTable
  lane: LaneTable
  attempt: AttemptTable
  event: EventTable
  artifact: ArtifactTable
  question: QuestionTable
  inbound: InboundTable
  delivery: DeliveryTable
  schedule: ScheduleTable
  tick: TickTable
  limit: LimitTable
  ledger: LedgerTable
  pause: PauseTable
  instruction_version: InstructionVersionTable
  audit: AuditTable
  removal: RemovalTable
  people: PeopleTable
  feedback: FeedbackTable
  meta: MetaTable
  control: ControlTable
}

/** JSON as text. */
type Json = string
/** ISO 8601 UTC, as `Date.toISOString()` writes it. */
type Time = string

/** A process that works on the database. `pid` counts only with `pid_start`; it lives at least until `alive_until`. */
export type ServerTable = { owner: string; host: string; pid: number; pid_start: string | null; alive_until: Time }

/** A thread: the jobs of one conversation share its workspace and session. `ref` is the platform's own address. */
export type ConversationTable = {
  id: string
  place: string
  ref: string | null
  workspace: string
  session: string
  created_at: Time
  /** Who has the session open in a terminal: none of its jobs starts until then. */
  held_by: string | null
}

/** Where an agent works. Never equated with a job: worktrees, containers and other hosts are further kinds. */
export type WorkspaceTable = { id: string; kind: string; host: string; uri: string; state: string }

/** What the agent remembers. `native_id` is the agent's own id, `store` where it keeps the transcript. */
export type SessionTable = { id: string; agent: string; native_id: string | null; store: string }

/** What was asked and how it ended. */
export type JobTable = {
  id: string
  conversation: string
  parent: string | null
  tenant: Generated<string>
  actor: string
  actor_name: string
  place: string
  origin: string
  instruction: string
  instruction_sha: string
  title: string
  inputs: Json
  /** What a follow-up says; null for a job that runs its instruction. */
  reply: string | null
  /** Its place in its conversation, from 1. */
  turn: Generated<number>
  /** The job that has heard this reply in its running turn; nothing of its own is left to go on with. */
  said_into: string | null
  /** One more each time that a person takes it back to the queue. */
  round: Generated<number>
  priority: number
  status: JobStatus
  attempt: Generated<number>
  cause: AttemptCause
  cancelled_by: string | null
  hold_reason: string | null
  hold_until: Time | null
  failure: FailureCode | null
  message: string | null
  result: string | null
  cost_usd: Generated<number>
  usage: Json | null
  created_at: Time
  started_at: Time | null
  finished_at: Time | null
}

/** One process of a job. `pid` counts only with `pid_start`; only the holder of the lease may end it. */
export type AttemptTable = {
  job: string
  n: number
  cause: AttemptCause
  owner: string
  host: string
  pid: number | null
  pid_start: string | null
  lease_until: Time | null
  workspace: string
  session: string
  outcome: string | null
  message: string | null
  cost_usd: Generated<number>
  usage: Json | null
  /** Dollars that budgets have set aside for it, what it has used included; null where no budget holds. */
  reserved: number | null
  started_at: Time
  ended_at: Time | null
}

/** The log; `seq` counts per job from 1 without gaps, `v` is the version of the body's shape. */
export type EventTable = {
  job: string
  seq: number
  attempt: number
  at: Time
  kind: EventKind
  v: number
  body: Json
}

/** A copied output. `store` says where the bytes are, `state` whether they still are. */
export type ArtifactTable = {
  job: string
  attempt: number
  path: string
  bytes: number
  type: string
  sha256: string
  store: string
  state: string
}

/** A question or approval; `body` is what was asked, `answer` what was said. */
export type QuestionTable = {
  id: string
  job: string
  attempt: number
  kind: QuestionKind
  tool_use_id: string
  body: Json
  state: 'open' | 'answered' | 'withdrawn'
  answer: Json | null
  answered_by: string | null
  asked_at: Time
  expires_at: Time | null
  answered_at: Time | null
  /** Null once it was reminded of. */
  remind_at: Time | null
  /** When the answer reached the agent. */
  delivered_at: Time | null
}

/** A request as a platform sent it, kept before it is acknowledged: the same key is taken once. `owner` answers it. */
export type InboundTable = {
  platform: string
  event_key: string
  body: Json
  state: string
  received_at: Time
  owner: string | null
}

/**
 * A post that is owed or made. `step` is its part in the thread, `platform_ids` where it stands. The `owner` of a
 * result tells its whole thread.
 */
export type DeliveryTable = {
  key: string
  target: string
  order: number
  step: string
  body: Json
  platform_ids: Json | null
  state: DeliveryState
  error: string | null
  created_at: Time
  expires_at: Time | null
  owner: string | null
}
/** `posting` was sent and not confirmed: it may stand in the chat, so it is looked for before it is sent again. */
export type DeliveryState = 'pending' | 'posting' | 'sent' | 'failed'

/** The text of an instruction as it was when a job was submitted. */
export type InstructionVersionTable = { sha: string; name: string; source: string; created_at: Time }

/** Who changed or approved what; append-only, hence no update type. */
export type AuditTable = {
  id: ColumnType<string, string, never>
  at: ColumnType<Time, Time, never>
  actor: ColumnType<string, string, never>
  action: ColumnType<string, string, never>
  target: ColumnType<string, string, never>
  detail: ColumnType<Json | null, Json | null, never>
  origin: ColumnType<string, string, never>
}

/** Who has another role than everybody. */
export type PeopleTable = { actor: string; role: Role; changed_by: string; changed_at: Time }

/** What somebody thinks of a job's result; the last word stands. */
export type FeedbackTable = { job: string; actor: string; good: number; words: string | null; at: Time }

/** What is left of a removed thread: log lines and files that are not gone yet. */
export type RemovalTable = { kind: 'job' | 'workspace' | 'session'; id: string }

/** What a button or a form in a chat stands for, where it is more than the platform lets it carry. */
export type ControlTable = { id: string; body: Json; created_at: Time }

/** `schema`: the version of the tables; `min_reader`: the oldest program's schema version that may open them. */
export type MetaTable = { key: string; value: string }
