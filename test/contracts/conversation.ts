import { createReadStream } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../src/bot/bot.ts'
import type { Platform } from '../../src/bot/platform.ts'
import { systemClock } from '../../src/clock.ts'
import { eventsAfter } from '../../src/db/event.ts'
import type { Instruction } from '../../src/engine/instructions/instruction.ts'
import type { JobView } from '../../src/engine/view.ts'
import { bin, doing, type Todo, todo } from '../engine/conversations/fixture.ts'
import { call, replying } from '../engine/questions/asking.ts'
import { createFakeLog } from '../fakes/log.ts'
import { eventually } from '../support/eventually.ts'
import { instructionsOf, makeWorld, until, type World } from '../support/world.ts'

/** A chat in which a person asks, goes on in the thread of a job, and presses what a post offers. */
export type Chat = {
  platform: Platform
  ask(text: string): void
  /** Writes in the thread of a job, once there is one, where the platform has threads. */
  reply(job: Pick<JobView, 'id' | 'ref'>, text: string): Promise<void>
  /** Presses the newest button with this label, or gives its command. */
  press(label: string, command: string): void
  shown(): string
}

/** A step of the fixture program, which begins the thread. */
const STEP = { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't1', name: 'Read', input: {} }] } }
/** Work that takes as long as a test wants, and other work that goes on until it is killed. */
const UNTIL = call('Bash', { command: 'until [ -e go ]; do sleep 0.05; done' })
const FOREVER = call('Bash', { command: 'until [ -e never ]; do sleep 0.5; done' })

/** What going on with a job must be on every platform, from the button to the agent's process and back. */
export function conversationContract(name: string, open: (world: World) => Promise<Chat>): void {
  /** A bot on the platform, connected. */
  const start = async (options: Parameters<typeof makeWorld>[0]) => {
    const world = await makeWorld({ slots: 4, ...options })
    onTestFinished(() => world[Symbol.asyncDispose]())
    const chat = await open(world)
    const { engine, db } = world
    const clock = options.clock ?? systemClock
    const deps = { engine, owner: engine.owner, db, clock, log: createFakeLog().log }
    const bot = createBot({ ...deps, platforms: [chat.platform], redact: text => text })
    onTestFinished(() => bot.stop())
    await bot.start()
    const shows = (pattern: RegExp) => eventually(() => expect(chat.shown()).toMatch(pattern))
    /** The newest job, once it fits. */
    const newest = async (fits: (job: JobView) => boolean): Promise<JobView> =>
      await eventually(async () => {
        const job = (await engine.jobs({ limit: 1 })).jobs[0]
        if (!job || !fits(job)) throw new Error(`the newest job is ${JSON.stringify(job)}`)
        return job
      })
    return { ...world, ...chat, bot, shows, newest }
  }

  describe(name, () => {
    test('replies are said now, told in order, and a killed job is resumed, on the real CLI', async () => {
      const model = replying(UNTIL, { text: 'Short.' }, { text: 'Blue.' }, FOREVER, { text: 'Went on.' })
      const instructions = { make: '---\ndescription: F\nallowed-tools: [Bash]\n---\nWrite about tyres' }
      const at = await start({ instructions, model: model.script })
      at.ask('make')
      const { id } = await at.newest(({ status }) => status === 'running')
      await until(at.engine, id, ({ kind }) => kind === 'tool_use')
      await at.reply(await at.newest(({ ref }) => ref !== null), 'make it shorter')
      const waiting = await at.newest(({ reply }) => reply === 'make it shorter')
      await at.shows(/make it shorter.*waits: behind the job before it/s)
      at.press('Say it now', `now ${waiting.id}`)
      await at.shows(/said: make it shorter/)
      await writeFile(join(at.dir, 'data', 'workspaces', waiting.conversation, 'go'), '')
      await at.shows(/said: make it shorter.*Short\./s)
      // The CLI tells it to the model as a note of its own, which the scripted one is not shown.
      expect(await transcript(at, waiting)).toContain('make it shorter')
      await at.reply(await at.newest(() => true), 'which colour?')
      await at.shows(/which colour\?.*Blue\./s)
      expect(model.heard()).toMatch(/Write about tyres.*which colour/s)

      await at.reply(await at.newest(() => true), 'go on')
      const killed = await at.newest(({ reply, status }) => reply === 'go on' && status === 'running')
      await until(at.engine, killed.id, ({ kind }) => kind === 'tool_use')
      await eventually(async () => expect((await transcript(at, killed)).split('-e never').length).toBeGreaterThan(1))
      const { pid } = await at.db
        .selectFrom('attempt')
        .select('pid')
        .where('job', '=', killed.id)
        .executeTakeFirstOrThrow()
      process.kill(Number(pid), 'SIGKILL')
      await at.shows(/go on` — failed|go on — failed/)
      await eventually(async () => expect(await at.engine.job(killed.id)).toMatchObject({ status: 'failed' }))
      await at.bot.settled()
      at.press('Resume', `resume ${killed.id}`)
      await at.shows(/Went on\./)
      expect(await at.newest(({ status }) => status === 'succeeded')).toMatchObject({ id: killed.id, attempt: 2 })
    })

    test('of ten replies at once each is done, and none beside another', async () => {
      const at = await start({
        instructions: {
          make: doing([['line', STEP], ['hang']]),
        },
        bin,
        slots: 8,
      })
      at.ask('make')
      const { id } = await at.newest(({ status }) => status === 'running')
      await until(at.engine, id, ({ kind }) => kind === 'tool_use')
      const job = await at.newest(({ ref }) => ref !== null)
      await Promise.all(Array.from({ length: 10 }, (_, n) => at.reply(job, todo([['result', `reply-${n}.`]]))))
      await eventually(async () => expect((await at.engine.jobs({ limit: 20 })).jobs).toHaveLength(11))
      await at.engine.cancel(id, { ...job, roles: [] })
      await at.shows(/reply-9\./)
      await at.bot.settled()
      const attempts = await at.db
        .selectFrom('attempt')
        .select(['started_at', 'ended_at'])
        .orderBy('started_at')
        .execute()
      expect(attempts).toHaveLength(11)
      for (const [i, { started_at }] of attempts.entries())
        if (i > 0) expect(started_at >= (attempts[i - 1]?.ended_at ?? '?')).toBe(true)
    })

    test('a reply in the moment of the end, and one instead of what runs', async () => {
      const at = await start({ instructions: { make: doing([['result', 'first']]) }, bin })
      at.ask('make')
      const job = await at.newest(({ ref }) => ref !== null)
      await at.reply(job, todo([['say', 'here'], ['hang']]))
      const second = await at.newest(({ reply, status }) => reply !== null && status === 'running')
      await until(at.engine, second.id, ({ kind }) => kind === 'text')
      await at.reply(job, todo([['result', 'in its stead']]))
      const third = await at.newest(({ reply }) => reply?.includes('in its stead') ?? false)
      await at.shows(/Stop and send|waits: behind/)
      at.press('Stop and send', `instead ${third.id}`)
      await at.shows(/in its stead/)
      await at.newest(({ status }) => status === 'succeeded')
      expect(await at.engine.job(second.id)).toMatchObject({ status: 'cancelled' })
    })

    test('a follow-up after 31 days goes on, and a file that is being fetched stays as it was', async () => {
      const clock = { ...systemClock, ahead: 0, now: () => new Date(Date.now() + clock.ahead) }
      const write = (text: string, result: string) =>
        [
          ['fill', ['a.txt', `${text} `, 100_000]],
          ['result', result],
        ] satisfies Todo
      const at = await start({ instructions: { make: doing(write('first', 'made')) }, bin, clock, retentionDays: 90 })
      at.ask('make')
      await at.shows(/made/)
      const first = await at.newest(({ status, ref }) => status === 'succeeded' && ref !== null)
      const bytes = createReadStream(first.outputs[0]?.file ?? '')[Symbol.asyncIterator]()
      let fetched = String((await bytes.next()).value)
      clock.ahead = 31 * 24 * 3_600_000
      await at.reply(first, todo(write('second', 'edited')))
      await at.shows(/made.*edited/s)
      const second = await at.newest(({ reply, status }) => reply !== null && status === 'succeeded')
      expect(second.conversation).toBe(first.conversation)
      expect(await readFile(second.outputs[0]?.file ?? '', 'utf8')).toBe('second '.repeat(100_000))
      for (let next = await bytes.next(); !next.done; next = await bytes.next()) fetched += String(next.value)
      expect(fetched === 'first '.repeat(100_000)).toBe(true)
    })

    test('of an instruction that has changed since, a person chooses the version of a retry', async () => {
      const fails = doing([
        ['say', 'by the old one'],
        ['fail', {}],
        ['exit', 1],
      ])
      const at = await start({ instructions: { make: fails }, bin })
      at.ask('make')
      const { id } = await at.newest(({ status }) => status === 'failed')
      await at.bot.settled()
      // As the folder's watcher does it.
      const byName = at.engine.instructions().byName as Map<string, Instruction>
      for (const [name, changed] of instructionsOf({ make: doing([['result', 'by the new one']]) }).byName)
        byName.set(name, changed)
      at.press('Retry', `retry ${id}`)
      await at.newest(({ status, attempt }) => status === 'failed' && attempt === 2)
      await at.bot.settled()
      at.press("Retry with today's version", `retry ${id} --current`)
      await at.shows(/by the new one/)
      await at.newest(({ status, attempt }) => status === 'succeeded' && attempt === 3)
      const said = (await eventsAfter(at.db, id, 0, 100)).filter(({ text }) => text === 'by the old one')
      expect(said.map(({ attempt }) => attempt)).toEqual([1, 2])
      expect(await at.db.selectFrom('instruction_version').select('name').execute()).toHaveLength(2)
    })
  })
}

/** What the agent has written down of the session of a job. */
async function transcript({ dir }: World, { conversation }: Pick<JobView, 'conversation'>): Promise<string> {
  const folder = join(dir, 'data', 'sessions', conversation, 'config', 'projects')
  const names = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.jsonl'))
  return (await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))).join()
}
