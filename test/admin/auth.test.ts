import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Admin, createAdmin } from '../../src/admin/server.ts'
import { adminToken } from '../../src/admin/token.ts'
import { type Db, openDatabase } from '../../src/db/connect.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEngine } from '../fakes/engine.ts'
import { adminOf, TOKEN } from '../support/admin.ts'
import { instructionsOf } from '../support/world.ts'

async function make(changes: Partial<Parameters<typeof createAdmin>[0]> = {}): Promise<Admin['app']> {
  const db: Db = await openDatabase('sqlite::memory:')
  onTestFinished(() => db.destroy())
  const fake = createFakeEngine({ db, clock: createFakeClock(), instructions: instructionsOf({}) })
  const engine = { ...fake, owner: 'me', start: async () => {}, stop: async () => {}, hurry: async () => {} }
  return adminOf({ db, engine }, changes).app
}

const ORIGIN = { origin: 'http://localhost', host: 'localhost' }
const login = (token: string, more: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams({ token, ...more }),
  headers: ORIGIN,
})
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? ''

test('without the token there is the health check and the login page, and nothing else', async () => {
  const app = await make()
  expect((await app.request('/health')).status).toBe(200)
  expect((await app.request('/login')).status).toBe(200)
  const page = await app.request('/jobs')
  expect([page.status, page.headers.get('location')]).toEqual([303, '/login?next=%2Fjobs'])
  const api = await app.request('/api/jobs')
  expect([api.status, api.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
  expect((await app.request('/api/openapi.json')).status).toBe(401)
  expect((await app.request('/api/jobs', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  expect((await app.request('/api/jobs', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200)
})

test('the login page gives a cookie that lets in until it is over, and the logout ends it', async () => {
  const clock = createFakeClock()
  const app = await make({ clock })
  const response = await app.request('/login', login(TOKEN, { next: '/jobs?q=x' }))
  expect([response.status, response.headers.get('location')]).toEqual([303, '/jobs?q=x'])
  expect(response.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/)
  const headers = { cookie: cookieOf(response) }
  expect((await app.request('/api/jobs', { headers })).status).toBe(200)
  await clock.advance(7 * 24 * 3_600_000 + 1000)
  expect((await app.request('/api/jobs', { headers })).status).toBe(401)
  const out = await app.request('/logout', { method: 'POST', headers: ORIGIN })
  expect(out.headers.get('set-cookie')).toMatch(/^errand=; Max-Age=0/)
})

test.each([
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/.//evil.example',
  'https://evil.example',
  'javascript:alert(1)',
])('a login leads nowhere else, such as %j', async next => {
  const app = await make()
  expect((await app.request('/login', login(TOKEN, { next }))).headers.get('location')).toBe('/')
  expect(await (await app.request(`/login?next=${encodeURIComponent(next)}`)).text()).toContain('name="next" value="/"')
})

test('who comes without a login goes on to where they wanted, filters included, and never repeats a write', async () => {
  const app = await make()
  const asked = await app.request('/jobs?status=failed&q=a')
  expect(asked.headers.get('location')).toBe(`/login?next=${encodeURIComponent('/jobs?status=failed&q=a')}`)
  const cancel = await app.request('/jobs/4x7k2m9q/cancel', { method: 'POST', headers: ORIGIN })
  expect(cancel.headers.get('location')).toBe('/login?next=%2F')
})

test('a login form that is too large or no form is not taken, by its length or without one', async () => {
  const app = await make()
  const large = `token=${'x'.repeat(20_000)}`
  const chunks = new Blob([large]).stream()
  const streamed = { method: 'POST', body: chunks, headers: ORIGIN, duplex: 'half' } as RequestInit
  expect((await app.request('/login', streamed)).status).toBe(413)
  const headers = { ...ORIGIN, 'content-length': String(large.length) }
  expect((await app.request('/login', { method: 'POST', body: large, headers })).status).toBe(413)
  const broken = { ...ORIGIN, 'content-type': 'multipart/form-data; boundary=x' }
  expect((await app.request('/login', { method: 'POST', body: 'garbage', headers: broken })).status).toBe(401)
})

test('a forged cookie, one of another token and a changed one let nobody in', async () => {
  const real = cookieOf(await (await make()).request('/login', login(TOKEN)))
  const other = cookieOf(
    await (await make({ token: 'another-token-here' })).request('/login', login('another-token-here')),
  )
  const [, signature = ''] = decodeURIComponent(real.slice('errand='.length)).split('.')
  const app = await make()
  const far = `errand=${encodeURIComponent(`${Date.now() * 2}.${signature}`)}`
  for (const cookie of [other, far, 'errand=', `errand=${Date.now() * 2}`])
    expect((await app.request('/api/jobs', { headers: { cookie } })).status).toBe(401)
  expect((await app.request('/api/jobs', { headers: { cookie: real } })).status).toBe(200)
})

test('who tries too often waits, with the right token as well', async () => {
  const app = await make()
  for (let tries = 0; tries < 20; tries += 1) expect((await app.request('/login', login('wrong'))).status).toBe(401)
  const response = await app.request('/login', login(TOKEN))
  expect(response.status).toBe(429)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(500)
  const bearer = await app.request('/api/jobs', { headers: { authorization: `Bearer ${TOKEN}` } })
  expect(await bearer.json()).toMatchObject({ status: 429, detail: expect.stringMatching(/Wait 10 min/) })
})

test('a write from another site changes nothing', async () => {
  const app = await make()
  const cookie = cookieOf(await app.request('/login', login(TOKEN)))
  const cancel = async (headers: Record<string, string>) =>
    (await app.request('/api/jobs/4x7k2m9q/cancel', { method: 'POST', headers: { host: 'localhost', ...headers } }))
      .status
  expect(await cancel({ cookie, origin: 'https://evil.example' })).toBe(403)
  expect(await cancel({ cookie, origin: 'null' })).toBe(403)
  expect(await cancel({ cookie })).toBe(403)
  expect(await cancel({ authorization: `Bearer ${TOKEN}`, origin: 'https://evil.example' })).toBe(403)
  expect(await cancel({ cookie, origin: 'http://localhost' })).toBe(404)
  expect(await cancel({ authorization: `Bearer ${TOKEN}` })).toBe(404)
  expect((await app.request('/login', { ...login(TOKEN), headers: {} })).status).toBe(403)
})

test('behind a reverse proxy, links, cookies and routes bear its prefix, taken off by it or not', async () => {
  const app = await make({ publicUrl: 'https://example.com/errand' })
  const origin = { headers: { origin: 'https://example.com' } }
  for (const path of ['/login', '/errand/login']) {
    const response = await app.request(path, { ...login(TOKEN), ...origin })
    expect(response.headers.get('location')).toBe('/errand/')
    expect(response.headers.get('set-cookie')).toMatch(/; Path=\/errand; HttpOnly; Secure; SameSite=Strict$/)
  }
  expect((await app.request('/errand/health')).status).toBe(200)
  expect((await app.request('/errand/jobs')).headers.get('location')).toBe('/errand/login?next=%2Fjobs')
  expect(await (await app.request('/login')).text()).toContain('action="/errand/login"')
})

test('an address that is not there is a page for a person and a problem for a program', async () => {
  const app = await make()
  const headers = { cookie: cookieOf(await app.request('/login', login(TOKEN))), accept: 'text/html' }
  const page = await app.request('/nothing', { headers })
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8'])
  expect(await page.text()).toContain('There is nothing at this address.')
  expect((await app.request('/api/nothing', { headers })).headers.get('content-type')).toBe('application/problem+json')
})

test('every page forbids what it does not bring along', async () => {
  const { headers } = await (await make()).request('/login')
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self';/),
  })
})

test('the token is the configured one, or made once and kept for the server alone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'errand-token-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  expect(await adminToken(dir, 'configured-token-1')).toBe('configured-token-1')
  const tokens = await Promise.all([adminToken(dir, null), adminToken(dir, null)])
  expect(tokens[0]).toMatch(/^errand_[\w-]{32}$/)
  expect(tokens[1]).toBe(tokens[0])
  const file = join(dir, 'admin-token')
  expect((await readFile(file, 'utf8')).trim()).toBe(tokens[0])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await writeFile(file, '')
  await expect(adminToken(dir, null)).rejects.toThrow(/it holds no token.*Remove it/)
})
