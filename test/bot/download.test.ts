import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { attached } from '../../src/bot/discord/downloads.ts'
import { bounded } from '../../src/bot/download.ts'

async function* chunks(...sizes: number[]) {
  for (const size of sizes) yield Buffer.alloc(size)
}

test('a file is read up to the most that it may have, and not a chunk further', async () => {
  const read: number[] = []
  const reading = async (...sizes: number[]) => {
    for await (const { length } of bounded('a.md', chunks(...sizes), 10)) read.push(length)
  }
  await reading(4, 6)
  await expect(reading(4, 7, 1)).rejects.toThrow('`a.md` is larger than 10 B')
  expect(read).toEqual([4, 6, 4])
})

test('a file of Discord is not fetched from where a redirect leads', async () => {
  const asked: unknown[] = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    response.writeHead(302, { location: '/inside' }).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ref = `${apiUrl}/a.md`
  await expect(attached({ name: 'a.md', ref }, { apiUrl }).open().toArray()).rejects.toThrow(
    'I could not read `a.md` from Discord',
  )
  expect(asked).toEqual(['/a.md'])
})
