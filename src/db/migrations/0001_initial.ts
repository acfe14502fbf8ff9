import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Every table of the first schema; those without a reader yet are here so that later work needs no rewrite. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

// Portable SQL on purpose: the same text makes the tables of another database.
const STATEMENTS = [
  `create table meta (key text primary key, value text not null)`,
  `create table workspace (id text primary key, kind text not null, host text not null, uri text not null, state text not null)`,
  `create table session (id text primary key, agent text not null, native_id text, store text not null)`,
  `create table conversation (
    id text primary key, place text not null, ref text,
    workspace text not null references workspace (id), session text not null references session (id),
    created_at text not null)`,
  `create index conversation_place on conversation (place, ref)`,
  `create table instruction_version (sha text primary key, name text not null, source text not null, created_at text not null)`,
  `create table job (
    id text primary key, conversation text not null references conversation (id), parent text,
    tenant text not null default 'main', actor text not null, actor_name text not null, place text not null,
    origin text not null, instruction text not null,
    instruction_sha text not null references instruction_version (sha), title text not null, inputs text not null,
    priority integer not null, status text not null, attempt integer not null default 0, cause text not null,
    cancelled_by text, hold_reason text, hold_until text, failure text, message text, result text,
    cost_usd double precision not null default 0, usage text,
    created_at text not null, started_at text, finished_at text)`,
  `create index job_created on job (created_at, id)`,
  `create index job_status on job (status, created_at, id)`,
  `create index job_conversation on job (conversation, created_at)`,
  `create table queue (job text primary key references job (id), lane text not null, actor text not null, order_key bigint not null)`,
  `create index queue_order on queue (order_key, job)`,
  `create index queue_lane on queue (lane, order_key)`,
  `create table attempt (
    job text not null references job (id), n integer not null, cause text not null, owner text not null,
    host text not null, pid integer, pid_start text, lease_until text, workspace text not null, session text not null,
    outcome text, message text, cost_usd double precision not null default 0, usage text,
    started_at text not null, ended_at text, primary key (job, n))`,
  `create index attempt_open on attempt (lease_until) where ended_at is null`,
  `create table event (
    job text not null, seq integer not null, attempt integer not null, at text not null, kind text not null,
    v integer not null, body text not null, primary key (job, seq))`,
  `create table artifact (
    job text not null references job (id), attempt integer not null, path text not null, bytes bigint not null,
    type text not null, sha256 text not null, store text not null, state text not null,
    primary key (job, attempt, path))`,
  `create table question (
    id text primary key, job text not null references job (id), attempt integer not null, kind text not null,
    tool_use_id text not null, body text not null, state text not null, answer text, answered_by text,
    asked_at text not null, expires_at text, answered_at text)`,
  `create index question_job on question (job, state)`,
  `create table inbound (
    platform text not null, event_key text not null, body text not null, state text not null,
    received_at text not null, primary key (platform, event_key))`,
  `create table delivery (
    key text primary key, target text not null, "order" integer not null, step text not null, body text not null,
    platform_ids text, state text not null, error text, created_at text not null, expires_at text)`,
  `create index delivery_owed on delivery (state, created_at) where state <> 'sent'`,
  `create table schedule (
    id text primary key, instruction text not null, inputs text not null, cron text, at text, timezone text not null,
    destination text, policy text not null, enabled integer not null, created_by text not null, created_at text not null)`,
  `create table tick (
    schedule text not null references schedule (id), due text not null, state text not null, job text,
    decided_at text not null, primary key (schedule, due))`,
  `create table "limit" (
    scope text not null, name text not null, value double precision not null, changed_by text not null,
    changed_at text not null, primary key (scope, name))`,
  `create table ledger (
    scope text not null, period text not null, metric text not null, reserved double precision not null,
    spent double precision not null, primary key (scope, period, metric))`,
  `create table audit (
    id text primary key, at text not null, actor text not null, action text not null, target text not null,
    detail text, origin text not null)`,
  `create index audit_at on audit (at)`,
]
