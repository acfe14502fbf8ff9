import { expect, onTestFinished, test } from 'vitest'
import { createLoginLink, loginText } from '../../src/bot/login.ts'
import type { Request } from '../../src/bot/platform.ts'
import { openDatabase } from '../../src/db/connect.ts'
import type { Person } from '../../src/job.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEngine } from '../fakes/engine.ts'
import { adminOf } from '../support/admin.ts'
import { instructionsOf } from '../support/world.ts'

const ANN: Person = { platform: 'test', actor: 'user:test:ann', actorName: 'ann', place: 'channel:test:one' }
const ORIGIN = { origin: 'https://bot.example.com' }

/** The admin page, and what `login` answers an admin, or whom the test says. */
async function start() {
  const db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const clock = createFakeClock()
  const fake = createFakeEngine({ db, clock, instructions: instructionsOf({}) })
  const engine = { ...fake, owner: 'me', start: async () => {}, stop: async () => {}, hurry: async () => {} }
  const publicUrl = 'https://bot.example.com'
  const { app } = adminOf({ db, engine }, { clock, publicUrl })
  const request: Request = { key: 'r1', text: 'login', ...ANN, thread: null, files: [] }
  const ask = (
    role: 'admin' | 'user',
    change: Partial<Request> = {},
    loginLink = createLoginLink(db, publicUrl, clock),
  ) =>
    loginText({ ...request, ...change }, ANN, { engine: { asking: async person => ({ ...person, role }) }, loginLink })
  const linkOf = (words: string) => /https:\S+$/.exec(words)?.[0] ?? ''
  return { app, db, clock, ask, linkOf, request }
}

test('the link logs in by a press, once, and a look at it uses nothing up', async () => {
  const { app, db, ask, linkOf } = await start()
  const link = linkOf(await ask('admin'))
  const [row] = await db.selectFrom('control').selectAll().execute()
  expect(row && link.includes(row.id.slice(8))).toBe(false)
  for (let i = 0; i < 2; i += 1) expect((await app.request(link)).status).toBe(200)
  const entered = await app.request(link, { method: 'POST', headers: ORIGIN })
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/'])
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  expect((await app.request('/api/jobs', { headers: { cookie } })).status).toBe(200)
  const again = await app.request(link, { method: 'POST', headers: ORIGIN })
  expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null])
})

test('it ends after ten minutes, and no other site can press it', async () => {
  const { app, clock, ask, linkOf } = await start()
  const link = linkOf(await ask('admin'))
  expect((await app.request(link, { method: 'POST', headers: { origin: 'https://evil.example' } })).status).toBe(403)
  await clock.advance(10 * 60_000 + 1)
  expect((await app.request(link, { method: 'POST', headers: ORIGIN })).status).toBe(401)
  expect((await app.request(`${link}x`, { method: 'POST', headers: ORIGIN })).status).toBe(401)
})

test('it is for admins, in private, where the address of the page is known', async () => {
  const { ask, request } = await start()
  await expect(ask('user')).rejects.toThrow('Only admins')
  await expect(ask('admin', { isOverheard: true })).rejects.toThrow('Others would see the link here')
  const asking = async (person: Person) => ({ ...person, role: 'admin' as const })
  await expect(loginText(request, ANN, { engine: { asking } })).rejects.toThrow('PUBLIC_URL')
})
