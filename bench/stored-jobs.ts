import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openDatabase } from '../src/db/connect.ts'

const made = new Map<number, Promise<string>>()

/** The address of a database of so many jobs that have ended lately, made once; gone with this process. */
export function storedJobs(count: number): Promise<string> {
  const database = made.get(count) ?? seed(count)
  made.set(count, database)
  return database
}

async function seed(count: number): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-bench-million-'))
  process.once('exit', () => rmSync(dir, { recursive: true }))
  const path = join(dir, 'errand.db')
  await (await openDatabase(`sqlite:${path}`)).destroy()
  const driver = new Database(path)
  driver.pragma('synchronous = off')
  driver.exec(`
    insert into workspace values ('w', 'folder', 'here', 'file:/w', 'kept');
    insert into session values ('s', 'claude', null, 'file:/s');
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
    insert into conversation (id, place, workspace, session, created_at)
    select printf('%08d', i), 'channel:slack:C1', 'w', 's', '2026-01-01T00:00:00.000Z' from n;
    insert into instruction_version values ('sha', 'brief', 'Write', '2026-01-01T00:00:00.000Z');
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
    insert into job (id, conversation, actor, actor_name, place, origin, instruction, instruction_sha, title, inputs,
      priority, status, attempt, cause, created_at, started_at, finished_at)
    select printf('%08d', i), printf('%08d', i), 'user:slack:U' || (i % 200), 'ann', 'channel:slack:C1', 'slack', 'brief', 'sha',
      'Winter tyres ' || i, '{"topic":"Winter tyres"}', 0, 'succeeded', 1, 'submit', t, t, t
    from (select i, strftime('%Y-%m-%dT%H:%M:%fZ', unixepoch() - 2 * (${count} - i), 'unixepoch') as t from n);`)
  driver.close()
  return `sqlite:${path}`
}
