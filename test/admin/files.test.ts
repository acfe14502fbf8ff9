import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createLinkTo } from '../../src/bot/elsewhere.ts'
import { filesText } from '../../src/bot/replies.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { FILE_LINKS, secretOf } from '../../src/db/secret.ts'
import { signFile } from '../../src/links.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEngine, jobView } from '../fakes/engine.ts'
import { adminOf } from '../support/admin.ts'
import { instructionsOf } from '../support/world.ts'

const SHA = 'ab'.repeat(32)
const PUBLIC = 'https://bot.example.com/errand'

/** The admin server with one job that made `notes.md`, and a link to it. */
async function start() {
  const dir = await mkdtemp(join(tmpdir(), 'errand-files-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, 'copy')
  await writeFile(file, '# Notes')
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const clock = createFakeClock()
  const fake = createFakeEngine({ db, clock, instructions: instructionsOf({}) })
  const outputs = [{ path: 'notes.md', bytes: 7, type: 'text/markdown', sha256: SHA, file }]
  const job = jobView({ status: 'succeeded', outputs })
  fake.add(job)
  const engine = { ...fake, owner: 'me', start: async () => {}, stop: async () => {}, hurry: async () => {} }
  const { app } = adminOf({ db, engine }, { clock, publicUrl: PUBLIC })
  const key = await secretOf(db, FILE_LINKS)
  return { app, clock, key, job, file, fake, linkTo: createLinkTo(key, PUBLIC, clock) }
}

test('a link opens its file without a login, to be saved and never run', async () => {
  const { app, job, linkTo } = await start()
  const [, link = ''] = /· (https:\S+)$/.exec(filesText(job, linkTo)) ?? []
  const response = await app.request(link)
  expect([response.status, await response.text()]).toEqual([200, '# Notes'])
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-disposition': "attachment; filename*=UTF-8''notes.md",
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
  })
  expect((await app.request(link, { method: 'HEAD' })).headers.get('content-length')).toBe('7')
  expect((await app.request(link, { method: 'POST' })).status).toBe(403)
})

test('after seven days it opens nothing', async () => {
  const { app, clock, job, linkTo } = await start()
  const link = linkTo(job.id, { path: 'notes.md', sha256: SHA })
  await clock.advance(7 * 24 * 3_600_000 - 1000)
  expect((await app.request(link)).status).toBe(200)
  await clock.advance(2000)
  expect((await app.request(link)).status).toBe(410)
})

test('a link is for these bytes: of a file that is another one by now it opens nothing', async () => {
  const { app, job, linkTo, fake, file } = await start()
  const link = linkTo(job.id, { path: 'notes.md', sha256: SHA })
  const outputs = [{ path: 'notes.md', bytes: 7, type: 'text/markdown', sha256: 'cd'.repeat(32), file }]
  await fake.change(job.id, { outputs })
  expect((await app.request(link)).status).toBe(404)
})

test('what is forged, cut or no path of an output opens nothing, and all of it looks the same', async () => {
  const { app, key, clock } = await start()
  const good = signFile(key, { job: '4x7k2m9q', path: 'notes.md', sha256: SHA }, clock.now())
  const bad = [
    good.slice(0, -1),
    `${good}x`,
    signFile('another key', { job: '4x7k2m9q', path: 'notes.md', sha256: SHA }, clock.now()),
    signFile(key, { job: '4x7k2m9r', path: 'notes.md', sha256: SHA }, clock.now()),
    ...['../notes.md', './notes.md', '/etc/passwd', 'notes.md/', '', '..%2fnotes.md'].map(path =>
      signFile(key, { job: '4x7k2m9q', path, sha256: SHA }, clock.now()),
    ),
    randomBytes(40).toString('base64url'),
  ]
  const answers = await Promise.all(bad.map(async signed => await (await app.request(`/files/${signed}`)).text()))
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('This link opens nothing')
  expect((await app.request('/files/..%2f..%2fetc%2fpasswd')).status).toBe(404)
  expect((await app.request('/files')).headers.get('location')).toContain('/login')
})

test('a key is made once for a database', async () => {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const keys = await Promise.all([1, 2, 3].map(() => secretOf(db, FILE_LINKS)))
  expect(new Set([...keys, await secretOf(db, FILE_LINKS)]).size).toBe(1)
  expect(await secretOf(db, 'other')).not.toBe(keys[0])
})
