import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assetRoutes, assetUrl } from '../../src/admin/assets.ts'
import { duration } from '../../src/words.ts'

const WORDS = new URL('../../src/admin/assets/words.js', import.meta.url).href

const ask = async (path: string, headers = {}) => await assetRoutes().request(path, { headers })

test('an asset is kept for good under an address that changes with it', async () => {
  const answer = await ask(assetUrl('', 'app.js'))
  expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(await answer.text()).toContain('localize')
})

test('an older page gets what there is, and does not keep it', async () => {
  expect((await ask('/assets/0123456789ab/app.js')).headers.get('cache-control')).toBe('no-store')
})

test('it comes compressed to who takes that', async () => {
  const answer = await ask(assetUrl('', 'base.css'), { 'accept-encoding': 'gzip, br' })
  expect(answer.headers.get('content-encoding')).toBe('br')
})

test('nothing else is served', async () => {
  for (const name of ['none.js', '..%2fassets.ts', '..%2f..%2fapp.ts', '%00', 'app.js%00'])
    expect((await ask(`/assets/x/${name}`)).status).toBe(404)
})

test('the address begins with the prefix', () => {
  expect(assetUrl('/errand', 'app.js')).toMatch(/^\/errand\/assets\/[0-9a-f]{12}\/app\.js$/)
})

test('the browser words a span of time as the server does', async () => {
  const browser = (await import(WORDS)) as { duration(ms: number): string }
  fc.assert(
    fc.property(fc.nat(200 * 3_600_000), ms => {
      expect(browser.duration(ms)).toBe(duration(ms))
    }),
  )
})
