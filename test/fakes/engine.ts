import type { Clock } from '../../src/clock.ts'
import { groupCommit } from '../../src/db/commit.ts'
import type { Db } from '../../src/db/connect.ts'
import { appendEvents, eventsAfter } from '../../src/db/event.ts'
import type { Question } from '../../src/db/question.ts'
import { createDrafts } from '../../src/engine/drafts.ts'
import type { Engine } from '../../src/engine/engine.ts'
import type { Reply } from '../../src/engine/follow-up.ts'
import type { Instructions } from '../../src/engine/instructions/instruction.ts'
import type { Upload } from '../../src/engine/instructions/upload.ts'
import { saidWords } from '../../src/engine/said.ts'
import { createSchedules } from '../../src/engine/schedules/schedules.ts'
import type { Submission } from '../../src/engine/submit.ts'
import type { JobView } from '../../src/engine/view.ts'
import { createWakeup } from '../../src/engine/wakeup.ts'
import { UserError } from '../../src/errors.ts'
import { canReopen, type EventBody, isFinal, type Person } from '../../src/job.ts'
import { createFakeLog } from './log.ts'

/** An engine without agents: a test says what happens to its jobs. Logs are stored as the real one stores them. */
export type FakeEngine = Omit<Engine, 'start' | 'stop' | 'hurry' | 'owner'> & {
  readonly submitted: Submission[]
  /** What people said to go on. */
  readonly replies: readonly { id: string; reply: Reply; by: Person }[]
  readonly hastened: readonly string[]
  readonly ratings: readonly string[]
  /** Makes this file an output of that job, for everyone. */
  offer(job: string, path: string, upload: Upload): void
  /** Says what the job's agent is writing just now. */
  write(id: string, text: string): void
  /** Lets a job ask. */
  ask(question: Question): Promise<void>
  /** Makes every later submit throw. */
  refuse(error: Error): void
  /** Adds a job that was not submitted here. */
  add(view: JobView): void
  /** Appends a line to a job's log. */
  say(id: string, body: EventBody): Promise<void>
  /** Changes a job, and appends the status line that goes with a new status. */
  change(id: string, change: Partial<JobView>): Promise<void>
}

export function createFakeEngine(options: { db: Db; clock: Clock; instructions: Instructions }): FakeEngine {
  const { db, clock } = options
  const jobs = new Map<string, JobView>()
  const submitted: Submission[] = []
  const readers: (() => void)[] = []
  const outputs = new Map<string, Upload>()
  const drafts = createDrafts(createWakeup(), text => text)
  const questions = new Map<string, Question>()
  const replies: FakeEngine['replies'][number][] = []
  const hastened: string[] = []
  const ratings: string[] = []
  let refusal: Error | null = null
  const known = (id: string): JobView => {
    const view = jobs.get(id)
    if (!view) throw new UserError(`There is no job \`${id}\`.`)
    return view
  }
  const say = async (id: string, body: EventBody) => {
    await append(id, body)
    for (const wake of readers.splice(0)) wake()
  }
  const append = (id: string, body: EventBody) =>
    appendEvents(db, id, known(id).attempt, [{ ...body, at: clock.now().toISOString() }])
  const change: FakeEngine['change'] = async (id, changes) => {
    const { status } = changes
    if (status) await append(id, { kind: 'status', status, text: status })
    jobs.set(id, { ...known(id), ...changes }) // after its line: who sees a final job has every line of it
    for (const wake of readers.splice(0)) wake()
  }
  const asking: Engine['asking'] = async person => ({ ...person, role: 'user' })
  const submit: Engine['submit'] = async submission => {
    if (refusal) throw refusal
    submitted.push(submission)
    const { instruction, inputs, origin } = submission
    const id = `test000${submitted.length}`
    const at = clock.now().toISOString()
    jobs.set(
      id,
      jobView({ id, conversation: id, instruction, ...origin, title: String(inputs.topic ?? ''), createdAt: at }),
    )
    await say(id, { kind: 'status', status: 'queued', text: 'queued' })
    return known(id)
  }
  return {
    schedules: createSchedules({
      ...{ db, clock, asking, commit: groupCommit(db), log: createFakeLog().log, wakeup: createWakeup() },
      ...{ instructions: () => options.instructions, defaultTimezone: 'UTC', cancel: async () => {} },
      submit: async submission => (await submit(submission)).id,
    }),
    submitted,
    replies,
    hastened,
    ratings,
    write: drafts.set,
    say,
    change,
    ask: async question => {
      questions.set(question.id, question)
      await say(question.job, { kind: 'question', id: question.id, text: question.text })
    },
    refuse: error => {
      refusal = error
    },
    add: view => void jobs.set(view.id, view),
    offer: (job, path, upload) => void outputs.set(`${job}/${path}`, upload),
    openOutput: async (id, path) => {
      const upload = outputs.get(`${id}/${path}`)
      if (!upload) throw new UserError(`There is no file \`${path}\` of job \`${id}\` here.`)
      return upload
    },
    instructions: () => options.instructions,
    submit,
    cancel: async (id, by) => {
      if (isFinal(known(id).status)) throw new UserError(`Job \`${id}\` has ended already.`)
      await change(id, {
        status: 'cancelled',
        message: `cancelled by ${by.actorName}`,
        finishedAt: clock.now().toISOString(),
      })
      return known(id)
    },
    reopen: async (id, { cause }, by) => {
      if (!canReopen(known(id).status)) throw new UserError(`Job \`${id}\` cannot ${cause}.`, { kind: 'conflict' })
      const round = known(id).round + 1
      await change(id, { status: 'queued', round, failure: null, message: `by ${by.actorName}`, finishedAt: null })
      return known(id)
    },
    followUp: async (id, reply, by) => {
      replies.push({ id, reply, by })
      const { conversation, instruction, place, ref } = known(id)
      const job = `repl000${replies.length}`
      const title = reply.text
      jobs.set(job, jobView({ ...{ id: job, conversation, instruction, place, ref, title }, reply: reply.text, ...by }))
      await say(job, { kind: 'status', status: 'queued', text: 'queued' })
      return { job: known(job), said: reply.when === 'now' }
    },
    hasten: async (id, how, by) => {
      hastened.push(`${how} ${id} ${by.actorName}`)
      return known(id)
    },
    rate: async (id, { good, words = '' }, by) => {
      ratings.push(`${by.actorName}: ${good} ${id} ${words}`.trim())
      return known(id)
    },
    conversation: async () => null,
    conversations: async () => ({ conversations: [], next: null }),
    versions: async () => [],
    takeOver: async () => 'claude --resume',
    giveBack: async id => known(id),
    keepThread: async (conversation, ref) => {
      for (const view of jobs.values())
        if (view.conversation === conversation) jobs.set(view.id, { ...view, ref: view.ref ?? ref })
    },
    inThread: async (place, ref) =>
      [...jobs.values()].findLast(view => view.place === place && view.ref === ref) ?? null,
    question: async id => questions.get(id) ?? null,
    answer: async (id, said, by) => {
      const question = questions.get(id)
      if (question?.state !== 'open') throw new UserError('Somebody was faster.', { kind: 'conflict' })
      questions.set(id, { ...question, state: 'answered', said, answeredBy: by.actorName })
      await say(question.job, { kind: 'answer', id, text: `${by.actorName} ${saidWords(question, said)}` })
      return known(question.job)
    },
    asking,
    setRole: async () => {},
    limits: async () => [],
    setLimits: async () => {},
    standstills: async () => [],
    tryNow: async () => {},
    drafts: drafts.follow,
    job: async id => jobs.get(id) ?? null,
    jobs: async ({ place, live, limit }) => {
      const found = [...jobs.values()]
        .reverse()
        .filter(view => (place === undefined || view.place === place) && !(live && isFinal(view.status)))
      return { jobs: found.slice(0, limit), next: null }
    },
    firstQueued: async () => [],
    follow: async function* (id, after, signal) {
      for (let seq = after; !signal.aborted; ) {
        const woken = new Promise<void>(wake => {
          readers.push(wake) // before the look at the table, so that no line comes in between
          signal.addEventListener('abort', () => wake(), { once: true })
        })
        const ended = isFinal(known(id).status)
        const events = await eventsAfter(db, id, seq, 100)
        for (const event of events) yield event
        seq = events.at(-1)?.seq ?? seq
        if (ended) return
        if (events.length === 0) await woken
      }
    },
  }
}

/** A queued job of ann's, with the changes. */
export const jobView = (changes: Partial<JobView> = {}): JobView => ({
  id: '4x7k2m9q',
  conversation: 'c1',
  instruction: 'brief',
  instructionSha: 'sha',
  title: 'Winter tyres',
  inputs: { topic: 'Winter tyres' },
  status: 'queued',
  failure: null,
  message: null,
  position: 1,
  reason: 'it starts at once',
  estimateSeconds: null,
  priority: 0,
  actor: 'user:test:ann',
  actorName: 'ann',
  platform: 'test',
  place: 'channel:test:one',
  ref: null,
  reply: null,
  parent: null,
  saidInto: null,
  sooner: [],
  round: 1,
  attempt: 0,
  costUsd: 0,
  usage: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  result: null,
  outputs: [],
  feedback: [],
  questions: [],
  ...changes,
})
