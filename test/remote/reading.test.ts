import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { jobJson } from '../../src/admin/api/job-json.ts'
import { jobView } from '../fakes/engine.ts'
import { TOKEN } from '../support/admin.ts'
import { ANN, until } from '../support/world.ts'
import { errand as errandWith, folder, serverFor } from './command-line.ts'

test('jobs, a job, its log and its files are read as text and as JSON', async () => {
  const { errand } = await serverFor({})
  expect((await errand('jobs')).out).toContain('`errand run <instruction>` runs one')
  const { id } = JSON.parse((await errand('run', 'brief', 'Winter', '--wait', '--json')).out)
  await errand('run', 'brief', 'Later', '--wait', '--json')
  expect((await errand('jobs')).out).toMatch(/^\w{8} ✓ `brief · Later` — done in .*\n\w{8} ✓ `brief · Winter` — done/)
  const page = JSON.parse((await errand('jobs', '--limit', '1', '--json')).out)
  expect(page).toMatchObject({ jobs: [{ title: 'Later' }], nextCursor: expect.any(String) })
  const rest = await errand('jobs', '--cursor', page.nextCursor, '--status', 'succeeded', '--json')
  expect(JSON.parse(rest.out)).toMatchObject({ jobs: [{ id, title: 'Winter' }], nextCursor: null })
  expect((await errand('jobs', '--status', 'failed')).out).toBe('No job fits.')
  expect(await errand('jobs', '--status', 'odd')).toMatchObject({ status: 2, err: expect.stringContaining('status') })

  expect((await errand('job', id)).out).toMatch(/asked by admin · job \w{8}\n\nIt is ready\.\n\nbrief\.md +11 B/)
  expect(JSON.parse((await errand('job', id, '--json')).out)).toMatchObject({ id, result: 'It is ready.' })
  const lines = (await errand('log', id, '--json')).out.split('\n').map(line => JSON.parse(line))
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1))
  expect((await errand('log', id, '--after', '2')).out).toMatch(/^<1 s · text · Here I go\.\n[\s\S]* · status · done$/)
  expect(JSON.parse((await errand('files', id, '--json')).out)).toMatchObject([{ path: 'brief.md', bytes: 11 }])
})

test('a log that is followed goes on where it broke off, each line once', async () => {
  const slow =
    '---\ndescription: Slow\n---\nDO [["say", "before"], ["until", "go"], ["say", "after"], ["result", "done"]]'
  const { errand, world, stop, startAgain } = await serverFor({ instructions: { slow } })
  const { id, conversation } = await world.engine.submit({ instruction: 'slow', inputs: {}, origin: ANN })
  await until(world.engine, id, ({ kind }) => kind === 'text')
  const followed = errand('log', id, '-f', '--json')
  await new Promise(resolve => setTimeout(resolve, 200)) // it reads by then; else it reads from the start after the break
  await stop()
  await writeFile(join(world.dir, 'data/workspaces', conversation, 'go'), '')
  await until(world.engine, id, ({ text }) => text === 'after')
  await startAgain()
  const { status, out } = await followed
  const lines = out.split('\n').map(line => JSON.parse(line))
  expect(status).toBe(0)
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1))
  expect(lines.map(({ text }) => text)).toEqual(expect.arrayContaining(['before', 'after', 'done']))
})

test('a job is cancelled, once', async () => {
  const slow = '---\ndescription: Slow\n---\nDO [["hang"]]'
  const { errand, world } = await serverFor({ instructions: { slow } })
  const { id } = await world.engine.submit({ instruction: 'slow', inputs: {}, origin: ANN })
  await until(world.engine, id, ({ status }) => status === 'running')
  expect(await errand('cancel', id)).toMatchObject({ status: 0, out: 'I am stopping `slow`.' })
  expect(await errand('log', id, '-f')).toMatchObject({ status: 1, out: expect.stringContaining('cancelled by admin') })
  expect(await errand('cancel', id)).toMatchObject({ status: 1, err: expect.stringContaining('has ended already') })
})

test('without a server, with a wrong token or another program there, one line says what to do', async () => {
  const { errand, url } = await serverFor({})
  const gone = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => gone.once('listening', resolve))
  const nobody = { ERRAND_URL: `http://127.0.0.1:${(gone.address() as AddressInfo).port}`, ERRAND_TOKEN: TOKEN }
  await new Promise(resolve => gone.close(resolve))
  expect(await errandWith(nobody, 'jobs')).toMatchObject({
    status: 1,
    err: expect.stringMatching(
      /^No server answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\)\. Start it, .*ERRAND_URL/,
    ),
  })
  expect(await errandWith({ ERRAND_URL: url, ERRAND_TOKEN: 'no-such-token' }, 'jobs')).toMatchObject({
    status: 2,
    err: expect.stringContaining('Set ERRAND_TOKEN'),
  })
  expect(await errandWith({ ERRAND_URL: 'here', ERRAND_TOKEN: 'two words' }, 'jobs')).toMatchObject({
    status: 2,
    err: expect.stringMatching(/^ERRAND_URL must be .*\nERRAND_TOKEN must be /),
  })
  expect(await errandWith({ ERRAND_URL: `${url}/elsewhere`, ERRAND_TOKEN: TOKEN }, 'jobs')).toMatchObject({ status: 1 })
  expect(await errand('job', 'zzzzzzzz')).toMatchObject({
    status: 1,
    err: 'There is no job "zzzzzzzz": `errand jobs` lists them.',
  })
})

test('without variables it is the server of this folder, with the token of its data', async () => {
  const { url } = await serverFor({})
  const dir = await folder()
  const own = { DATA_DIR: dir, PORT: new URL(url).port, ERRAND_URL: '', ERRAND_TOKEN: '', ADMIN_TOKEN: '' }
  expect(await errandWith(own, 'jobs')).toMatchObject({ status: 2, err: expect.stringContaining('Set ERRAND_TOKEN') })
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'admin-token'), `${TOKEN}\n`)
  expect(await errandWith(own, 'jobs')).toMatchObject({
    status: 0,
    out: expect.stringContaining('No job has been run'),
  })
})

test("the folder's own token goes to the folder's own addresses alone", async () => {
  const { url } = await serverFor({})
  const heard: (string | undefined)[] = []
  const stranger = createServer(({ headers }, response) => response.end(String(heard.push(headers.authorization))))
  await new Promise<void>(resolve => stranger.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void stranger.close())
  const own = { DATA_DIR: await folder(), PORT: new URL(url).port, ERRAND_TOKEN: '', ADMIN_TOKEN: TOKEN }
  expect(await errandWith({ ...own, ERRAND_URL: `${url}/` }, 'jobs')).toMatchObject({ status: 0 })
  const elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
  const named = { ...own, ERRAND_URL: elsewhere }
  const err = `Set ERRAND_TOKEN to the admin token of the server at ${elsewhere}: it is not the one of this folder.`
  expect(await errandWith(named, 'jobs')).toMatchObject({ status: 2, err })
  expect(heard).toEqual([])
  await errandWith({ ...named, PUBLIC_URL: elsewhere }, 'jobs')
  expect(heard).toEqual([`Bearer ${TOKEN}`])
})

test('a file whose name leads out of the folder is not written, whatever a server says', async () => {
  const output = { path: '../out.md', bytes: 1, type: 'text/plain', sha256: 'x', file: '/x' }
  const body = jobJson(jobView({ status: 'succeeded', outputs: [output] }), '')
  const server = createServer((_, response) => response.end(JSON.stringify(body))).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const env = { ERRAND_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ERRAND_TOKEN: 'any' }
  const { status, err } = await errandWith(env, 'files', '4x7k2m9q', '--to', await folder())
  expect([status, err]).toEqual([2, expect.stringContaining('lies outside')])
})
