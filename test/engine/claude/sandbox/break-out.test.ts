import { once } from 'node:events'
import { access, mkdir, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import type { Sandbox } from '../../../../src/sandbox.ts'
import { ANN, makeWorld, toEnd, type World } from '../../../support/world.ts'
import { REASON_TO_SKIP } from './here.ts'

/** A way out of a job: what its Bash runs, and whether it got there by that, asked once the job is over. */
type WayOut = {
  command: (world: World, machine: Machine) => string
  isOut: (world: World, said: string, machine: Machine) => boolean | Promise<boolean>
}

/** What is there besides the world: a process, and the port of a service. */
type Machine = { victim: number; port: number }

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

const WAYS_OUT: Record<string, WayOut> = {
  'to read the database': {
    command: ({ dir }) => `head -c 15 ${dir}/data/errand.db`,
    isOut: (_, said) => said.includes('SQLite format 3'),
  },
  "to read another job's workspace": {
    command: ({ dir }) => `cat ${dir}/data/workspaces/other/notes.md; cat ../other/notes.md`,
    isOut: (_, said) => said.includes('rhubarb'),
  },
  'to read delivered outputs': {
    command: ({ dir }) => `cat ${dir}/outputs/other.md`,
    isOut: (_, said) => said.includes('rhubarb'),
  },
  "to read the server's environment": {
    command: () => `tr '\\0' '\\n' < /proc/${process.pid}/environ | grep VITEST`,
    isOut: (_, said) => said.includes('VITEST='),
  },
  'to see a foreign process': {
    command: (_, { victim }) => `tr '\\0' ' ' < /proc/${victim}/cmdline; echo`,
    isOut: (_, said) => said.includes('sleep 600'),
  },
  'to kill a foreign process': {
    command: (_, { victim }) => `kill -9 ${victim}`,
    isOut: async (_, __, { victim }) => !(await isThere(`/proc/${victim}/exe`)),
  },
  'to write outside the workspace': {
    command: ({ dir }) => `echo x > ${dir}/outside`,
    isOut: ({ dir }) => isThere(join(dir, 'outside')),
  },
  'to reach a service of this machine': {
    command: (_, { port }) =>
      `${process.execPath} -e "require('net').connect(${port}, '127.0.0.1', () => { console.log('reached'); process.exit() })"`,
    isOut: (_, said) => said.includes('reached'),
  },
  // Its environment is emptied, so that the reaper does not find it by its marker. It gives up after ten seconds.
  'to outlive the job': {
    command: () =>
      `(env -i setsid sh -c 'for i in $(seq 200); do echo x >> beats; sleep 0.05; done' < /dev/null > /dev/null 2>&1 &)
       until [ -s beats ]; do sleep 0.05; done`,
    isOut: async ({ db }) => {
      const { uri } = await db.selectFrom('workspace').select('uri').executeTakeFirstOrThrow()
      const beats = new URL(`${uri}/beats`)
      const { size } = await stat(beats)
      await delay(300)
      return (await stat(beats)).size > size
    },
  },
}

/** Which ways lead out of a job in a whole engine, on the real CLI, whose model runs one command after the other. */
async function waysOutOf(sandbox: Sandbox): Promise<string[]> {
  const victim = execa('sleep', ['600'], { reject: false })
  onTestFinished(() => void victim.kill('SIGKILL'))
  const service = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void service.close())
  await once(service, 'listening')
  const machine = { victim: victim.pid ?? 0, port: (service.address() as AddressInfo).port }
  const ways = Object.entries(WAYS_OUT)
  await using world = await makeWorld({
    instructions: { try: '---\ndescription: Try\nallowed-tools: [Bash]\n---\nTry it' },
    model: turns => {
      const way = ways[turns.filter(({ role }) => role === 'tool').length]?.[1]
      if (!way) return { text: 'done' }
      return {
        text: '',
        tools: [{ name: 'Bash', input: { command: way.command(world, machine), description: 'try' } }],
      }
    },
    sandbox,
  })
  await mkdir(join(world.dir, 'data/workspaces/other'), { recursive: true })
  await mkdir(join(world.dir, 'outputs'), { recursive: true })
  for (const path of ['data/workspaces/other/notes.md', 'outputs/other.md'])
    await writeFile(join(world.dir, path), 'the word is rhubarb')
  const { id } = await world.engine.submit({ instruction: 'try', inputs: {}, origin: ANN })
  const { job, events } = await toEnd(world.engine, id)
  expect(job.status).toBe('succeeded')
  const said = events.filter(({ kind }) => kind === 'tool_result').map(({ text }) => text)
  expect(said).toHaveLength(ways.length)
  const isOut = await Promise.all(
    ways.map(async ([, way], index) => await way.isOut(world, said[index] ?? '', machine)),
  )
  return ways.flatMap(([name], index) => (isOut[index] ? [name] : []))
}

test('without a sandbox every way leads out, or the others would prove nothing', async () => {
  expect(await waysOutOf('off')).toEqual(Object.keys(WAYS_OUT))
})

test.for(['bwrap', 'cli'] as const)('no way leads out of %s', async (sandbox, { skip }) => {
  const reason = REASON_TO_SKIP[sandbox]
  skip(reason !== null, reason ?? '')
  expect(await waysOutOf(sandbox)).toEqual([])
})
