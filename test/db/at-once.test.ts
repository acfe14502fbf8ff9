import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase, SCHEMA_VERSION } from '../../src/db/connect.ts'

test('of several first processes on one database one makes the tables, and the others wait', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'errand-at-once-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const url = `sqlite:${join(dir, 'data/errand.db')}`
  const program = `
    import { openDatabase } from ${JSON.stringify(resolve('src/db/connect.ts'))}
    process.stdout.write('loaded')
    for await (const _ of process.stdin);
    await (await openDatabase(${JSON.stringify(url)})).destroy()`
  const processes = Array.from({ length: 6 }, () =>
    execa(process.execPath, ['--input-type=module', '--eval', program], { reject: false }),
  )
  await Promise.all(processes.map(({ stdout }) => once(stdout, 'data')))
  for (const { stdin } of processes) stdin.end()
  const ends = await Promise.all(processes)
  expect(ends.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(ends.map(() => [0, '']))
  const db = await openDatabase(url)
  onTestFinished(() => db.destroy())
  const version = await db.selectFrom('meta').select('value').where('key', '=', 'schema').executeTakeFirst()
  expect(version?.value).toBe(String(SCHEMA_VERSION))
})
