import Database from 'better-sqlite3'
import { Kysely, type RawBuilder, SqliteDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { messageOf, UserError } from '../errors.ts'
import * as initial from './migrations/0001_initial.ts'
import * as jobLists from './migrations/0002_job_lists.ts'
import * as servers from './migrations/0003_servers.ts'
import * as retention from './migrations/0004_retention.ts'
import * as control from './migrations/0005_control.ts'
import * as questions from './migrations/0006_questions.ts'
import * as controlAge from './migrations/0007_control_age.ts'
import * as conversations from './migrations/0008_conversations.ts'
import * as fairness from './migrations/0009_fairness.ts'
import * as schedules from './migrations/0010_schedules.ts'
import * as pauses from './migrations/0011_pauses.ts'
import * as turns from './migrations/0012_turns.ts'
import * as posts from './migrations/0013_posts.ts'
import type { Schema } from './schema.ts'
import { openSqlite } from './sqlite.ts'

/** The database handle that every query takes first; inside a transaction the same type is the transaction. */
export type Db = Kysely<Schema>

/** The version of the tables that this program makes; the number of the last migration. */
export const SCHEMA_VERSION = 13
/** The oldest program, by its schema version, that can still read what this one writes. */
const MIN_READER = 12

const MIGRATIONS = {
  '0001_initial': initial,
  '0002_job_lists': jobLists,
  '0003_servers': servers,
  '0004_retention': retention,
  '0005_control': control,
  '0006_questions': questions,
  '0007_control_age': controlAge,
  '0008_conversations': conversations,
  '0009_fairness': fairness,
  '0010_schedules': schedules,
  '0011_pauses': pauses,
  '0012_turns': turns,
  '0013_posts': posts,
}

/**
 * Opens the database, makes or upgrades its tables, and gives the one writer connection.
 * `url` is `sqlite:PATH` or `sqlite::memory:`. Throws a UserError for a URL it cannot serve, a folder it cannot
 * write and a database made by a newer program, which is left untouched.
 */
export async function openDatabase(url: string): Promise<Db> {
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: openSqlite(url) }) })
  try {
    await migrate(db)
    // Only from now on: another process may be at the tables. Longer would freeze the event loop, since the driver waits
    // inside SQLite.
    await waitForLocks(db, true)
    return db
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** The database's own clock as ISO 8601 UTC text, so that leases mean the same to every process that reads them. */
export const dbNow = (plusMs = 0): RawBuilder<string> =>
  sql<string>`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ${`${plusMs / 1000} seconds`})`

const waitForLocks = (db: Db, waits: boolean) => sql`pragma busy_timeout = ${sql.lit(waits ? 250 : 0)}`.execute(db)

/** True for what a database refuses now and may take later: a lock, a full disk, a fault of the disk. */
export const isTransient = (error: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY)/.test(codeOf(error instanceof UserError ? error.cause : error))

/** True when another process has the lock. */
export const isLocked = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))

const codeOf = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : '')

/** How many rows one statement inserts: SQLite takes at most 32,766 values in one. */
const ROWS_PER_STATEMENT = 1000

/** Rows in groups that each fit into one statement; none without rows. */
export function* groupsOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) yield rows.slice(from, from + ROWS_PER_STATEMENT)
}

/**
 * Runs the work in a transaction whose commit waits for the disk (`full`) or leaves that to the next one that does
 * (`normal`). Either is atomic, and either outlives this process. Unless it `waits`, a lock of another process is an
 * error at once, and the event loop stands still for nobody.
 */
export async function transaction(
  db: Db,
  { sync, waits }: { sync: 'full' | 'normal'; waits: boolean },
  work: (trx: Db) => Promise<void>,
): Promise<void> {
  await db.connection().execute(async connection => {
    if (sync === 'normal') await sql`pragma synchronous = normal`.execute(connection)
    if (!waits) await waitForLocks(connection, false)
    try {
      await connection.transaction().execute(work)
    } finally {
      if (!waits) await waitForLocks(connection, true)
      if (sync === 'normal') await sql`pragma synchronous = full`.execute(connection)
    }
  })
}

/** Brings the tables to `SCHEMA_VERSION`; refuses a database that says it needs a newer reader. */
async function migrate(db: Db): Promise<void> {
  const minReader = await readMeta(db, 'min_reader')
  if (minReader > SCHEMA_VERSION)
    throw new UserError(
      `The database was written by a newer Errand (it needs schema ${minReader}, this program knows ${SCHEMA_VERSION}). ` +
        'Start that version again, or point DATABASE_URL at another file.',
    )
  // Nothing to do, and no lock to wait for: also for a newer program's tables that this one can still read.
  if ((await readMeta(db, 'schema')) >= SCHEMA_VERSION) return
  // Under one lock, which the migrator itself does not take here: of several processes that start at once one makes the
  // tables, and the others wait.
  await db.connection().execute(async connection => {
    await sql`begin immediate`.execute(connection)
    try {
      await migrateLocked(connection)
      await sql`commit`.execute(connection)
    } catch (error) {
      await sql`rollback`.execute(connection)
      throw error
    }
  })
}

async function migrateLocked(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw new Error(`migration failed: ${messageOf(error)}`, { cause: error })
  if ((await readMeta(db, 'schema')) < SCHEMA_VERSION) await writeMeta(db)
}

async function readMeta(db: Db, key: string): Promise<number> {
  const tables = await db.introspection.getTables()
  if (!tables.some(table => table.name === 'meta')) return 0
  const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
  return Number(row?.value ?? 0)
}

async function writeMeta(db: Db): Promise<void> {
  const rows = [
    { key: 'schema', value: String(SCHEMA_VERSION) },
    { key: 'min_reader', value: String(MIN_READER) },
  ]
  await db
    .insertInto('meta')
    .values(rows)
    .onConflict(oc => oc.column('key').doUpdateSet(eb => ({ value: eb.ref('excluded.value') })))
    .execute()
}
