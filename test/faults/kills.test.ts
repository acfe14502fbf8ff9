import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { isFinal } from '../../src/job.ts'
import { eventually } from '../support/eventually.ts'
import { makeSite, type Site } from '../support/server.ts'
import { expectSound, processesOf } from '../support/sound.ts'
import { ANN } from '../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
type Todo = [verb: string, argument?: unknown][]
type Attempt = { job: string; workspace: string; pid: number | null }

/** A moment of an attempt: what the agent does to come there, and how one sees that it is there. */
type Step = {
  step: string
  todo: Todo
  reached(site: Site, attempt: Attempt): boolean | Promise<boolean>
  /** What is done before the kill and before the restart. */
  before?(site: Site, job: string): Promise<void>
  after?(site: Site, job: string): Promise<void>
  /** How the job ends when its server is killed there. */
  status?: string
  attempts?: number
  outputs?: string[]
}

const WRITTEN: Todo[number] = ['write', ['out.md', 'made']]
/** Of an agent that has said something the next ones need not wait for the first line. */
const BEGUN: Todo[number] = ['say', 'first']
const CALL: Todo[number] = [
  'line',
  { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'x' } }] } },
]
const inWorkspace =
  (name: string) =>
  (site: Site, { workspace }: Attempt) =>
    existsSync(join(site.dir, 'data/workspaces', workspace, name))
const input = (site: Site, job: string) => join(site.dir, 'data/inputs', job, 'a.md')

const STEPS: Step[] = [
  {
    step: 'its folders are half made',
    todo: [['result', 'done']],
    before: async (site, job) => {
      await rm(input(site, job))
      execFileSync('mkfifo', [input(site, job)]) // a copy that never ends
    },
    reached: (site, { workspace }) => existsSync(join(site.dir, 'data/workspaces', workspace, 'inputs')),
    after: async (site, job) => {
      await rm(input(site, job))
      await writeFile(input(site, job), 'a')
    },
    outputs: [],
  },
  {
    step: 'its process has said nothing',
    todo: [
      ['stay', 'here'],
      ['result', 'done'],
    ],
    reached: inWorkspace('here'),
  },
  {
    step: 'its first line is stored',
    todo: [BEGUN, ['stay', 'here'], ['result', 'done']],
    reached: async (site, { job }) =>
      (await site.db.selectFrom('event').select('seq').where('job', '=', job).where('kind', '=', 'text').execute())
        .length > 0,
  },
  {
    step: 'a tool runs, deaf and in a session of its own',
    todo: [BEGUN, ['deaf'], WRITTEN, CALL, ['runaway', 'runaway'], ['stay', 'here'], ['result', 'done']],
    reached: inWorkspace('here'),
    outputs: ['here', 'out.md', 'runaway'],
  },
  {
    step: 'its result is read and it has not ended',
    todo: [BEGUN, WRITTEN, ['deaf'], ['result', 'done'], ['stay', 'here']],
    reached: inWorkspace('here'),
    outputs: ['here', 'out.md'],
  },
  {
    step: 'its end is stored',
    todo: [WRITTEN, ['result', 'done']],
    reached: async (site, { job }) => isFinal((await site.engine.job(job))?.status ?? 'queued'),
    attempts: 1,
    outputs: ['out.md'],
  },
  {
    step: 'nobody hears that a person cancels it',
    todo: [BEGUN, ['stay', 'here'], ['result', 'done']],
    reached: inWorkspace('here'),
    after: async (site, job) => void (await site.engine.cancel(job, ANN)),
    status: 'cancelled',
  },
]

/** The last one to be reached, since it keeps the database from taking any commit. */
const COPIED: Step = {
  step: 'its outputs are copied and its end is not stored',
  todo: [BEGUN, WRITTEN, ['until', 'go'], ['result', 'done']],
  reached: inWorkspace('out.md'),
  outputs: ['go', 'out.md'],
}

const instructionOf = ({ todo }: Step) =>
  `---\ndescription: Step\ninputs:\n  a: { type: file }\n---\nDO ${JSON.stringify(todo)}`
const nameOf = (index: number) => `step-${index}`
const ALL = [...STEPS, COPIED]
const INSTRUCTIONS = Object.fromEntries(ALL.map((step, i) => [nameOf(i), instructionOf(step)]))

/** Submits a job for each step; gives its id. */
async function submitAll(site: Site, steps: Step[]): Promise<Map<Step, string>> {
  const jobs = new Map<Step, string>()
  for (const step of steps) {
    const a = [{ name: 'a.md', open: () => Readable.from(['a']) }]
    // What is prepared for a step has to stand before its job is claimed.
    const hold = step.before && { notBefore: new Date(Date.now() + 1000) }
    const { id } = await site.engine.submit({
      instruction: nameOf(ALL.indexOf(step)),
      inputs: { a },
      origin: ANN,
      ...hold,
    })
    await step.before?.(site, id)
    jobs.set(step, id)
  }
  return jobs
}

const attemptOf = (site: Site, job: string): Promise<Attempt | undefined> =>
  site.db.selectFrom('attempt').select(['job', 'workspace', 'pid']).where('job', '=', job).executeTakeFirst()

async function untilReached(site: Site, jobs: Map<Step, string>): Promise<void> {
  for (const [step, job] of jobs)
    await eventually(async () => {
      const attempt = await attemptOf(site, job)
      expect(attempt && (await step.reached(site, attempt)), step.step).toBe(true)
    })
}

/** Ends the agent of COPIED while another connection has the lock, and gives it back once the kill is done. */
async function killAtCopied(site: Site, job: string, kill: () => Promise<unknown>): Promise<void> {
  const other = new Database(join(site.dir, 'data/errand.db'))
  other.exec('begin immediate')
  const { workspace } = (await attemptOf(site, job)) ?? { workspace: '' }
  await writeFile(join(site.dir, 'data/workspaces', workspace, 'go'), '')
  const copy = join(site.dir, 'outputs', job, '1/out.md')
  await eventually(() => expect(existsSync(copy)).toBe(true))
  await kill()
  other.close()
}

async function expectRecovered(site: Site, jobs: Map<Step, string>): Promise<void> {
  for (const [step, id] of jobs) {
    const { job, events } = await expectSound(site, id)
    const { status = 'succeeded', attempts = 2, outputs = ['here'] } = step
    expect([step.step, job.status, job.attempt, job.outputs.map(({ path }) => path)]).toEqual([
      step.step,
      status,
      attempts,
      outputs,
    ])
    const told = events.filter(({ text }) => /^The server restarted at \d\d:\d\d UTC; I am going on/.test(text))
    expect(told).toHaveLength(attempts - 1)
    expect(await readdir(join(site.dir, 'outputs', id)).catch(() => [])).toEqual(
      outputs.length > 0 ? [`${attempts}`] : [],
    )
  }
  // What is thrown away goes once the end is stored: a moment after people see it.
  await eventually(async () => expect(await readdir(join(site.dir, 'data/tmp'))).toEqual([]))
}

async function prepareRestart(site: Site, jobs: Map<Step, string>): Promise<void> {
  for (const [step, job] of jobs) await step.after?.(site, job)
}

async function killAgents(site: Site, jobs: Map<Step, string>): Promise<void> {
  for (const job of jobs.values()) {
    const pid = (await attemptOf(site, job))?.pid
    if (pid && processesOf(job).includes(pid)) process.kill(pid, 'SIGKILL')
  }
}

test('kill -9 of the server, of the agent and of both, at each step of an attempt', async () => {
  await using site = await makeSite(INSTRUCTIONS, { CLAUDE_BIN: bin, MAX_CONCURRENT_JOBS: '9' })
  const first = await site.start()
  const jobs = await submitAll(site, ALL)
  await untilReached(site, jobs)
  await killAtCopied(site, jobs.get(COPIED) ?? '', () => first.kill('SIGKILL'))
  await prepareRestart(site, jobs)
  const second = await site.start()
  await expectRecovered(site, jobs)

  // The agent alone: its job ends there. Where it runs no more, nothing has changed.
  const alone = await submitAll(site, STEPS.slice(1, 6))
  await untilReached(site, alone)
  await killAgents(site, alone)
  for (const [{ step }, id] of alone) {
    const { job } = await expectSound(site, id)
    const failed = step !== 'its end is stored' && step !== 'its result is read and it has not ended'
    expect([step, job.status, job.failure]).toEqual([
      step,
      ...(failed ? ['failed', 'agent_error'] : ['succeeded', null]),
    ])
  }

  const both = await submitAll(site, STEPS)
  await untilReached(site, both)
  await Promise.all([second.kill('SIGKILL'), killAgents(site, both)])
  await prepareRestart(site, both)
  await site.start()
  await expectRecovered(site, both)
})
