import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../src/bot/bot.ts'
import type { Form } from '../../src/bot/platform.ts'
import { openDatabase } from '../../src/db/connect.ts'
import { takeInbound, takeUnanswered } from '../../src/db/inbound.ts'
import { UserError } from '../../src/errors.ts'
import { createFakeClock, quiet } from '../fakes/clock.ts'
import { createFakeEngine, jobView } from '../fakes/engine.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFakePlatform } from '../fakes/platform.ts'
import { INSTRUCTIONS } from './brief.ts'

async function start() {
  const db = await openDatabase('sqlite::memory:')
  const clock = createFakeClock()
  const engine = createFakeEngine({ db, clock, instructions: INSTRUCTIONS })
  const { log, lines } = createFakeLog()
  const platform = createFakePlatform({ editsPerMinute: Number.POSITIVE_INFINITY })
  const connect = async () => {
    const redact = (text: string) => text.replaceAll('hunter2', '[secret]')
    const bot = createBot({ engine, owner: randomUUID(), db, platforms: [platform], clock, log, redact })
    await bot.start()
    await quiet()
    return bot
  }
  const ask: typeof platform.ask = async (text, changes) => {
    await platform.ask(text, changes)
    await quiet()
  }
  const bot = await connect()
  const running = [bot]
  onTestFinished(async () => {
    await Promise.all(running.map(bot => bot.stop()))
    await db.destroy()
  })
  /** A new bot for the same chat, engine and database. */
  const restart = async () => {
    await running.pop()?.stop()
    const next = await connect()
    running.push(next)
    return next
  }
  return { db, clock, engine, lines, platform, ask, bot, restart }
}

const END = { status: 'succeeded' as const, result: 'Fine.', finishedAt: '2026-11-21T10:00:01.000Z' }

test('a command becomes a job, and its thread a card and a result', async () => {
  const { engine, platform, bot, ask } = await start()
  await ask('errand brief tone=plain Winter tyres')
  expect(engine.submitted).toEqual([
    {
      instruction: 'brief',
      inputs: { tone: 'plain', topic: 'Winter tyres' },
      origin: {
        platform: 'test',
        actor: 'user:test:ann',
        actorName: 'ann',
        place: 'channel:test:one',
        roles: [],
        ref: null,
      },
    },
  ])
  await engine.change('test0001', { ...END, startedAt: '2026-11-21T10:00:00.000Z' })
  await bot.settled()
  expect(platform.posts.map(post => post.key)).toEqual(['test0001/card', 'test0001/result'])
  expect(platform.whispers).toEqual([])
})

test('the same request twice is taken once', async () => {
  const { engine, ask } = await start()
  await ask('brief Tyres', { key: 'twice' })
  await ask('brief Tyres', { key: 'twice' })
  expect(engine.submitted).toHaveLength(1)
})

test('a bad request is one sentence for the asker, and no job', async () => {
  const { engine, platform, lines, ask } = await start()
  for (const text of ['breif x', 'brief topic="x', 'status', 'status 4x7k2m9q']) await ask(text)
  engine.refuse(new UserError('`words` must be a whole number from 100 to 5000; you gave `many`.'))
  await ask('brief words=many Tyres')
  expect(platform.whispers).toEqual([
    'I do not know `breif`. Did you mean `brief`? `errand help` says what can be run.',
    'The quote that begins the value of `topic` is not closed: `"x`.',
    '`status` needs the id of a job: `errand status <id>`. `errand jobs` lists them.',
    'There is no job `4x7k2m9q` here. `errand jobs` lists them.',
    '`words` must be a whole number from 100 to 5000; you gave `many`.',
  ])
  expect([engine.submitted, platform.posts, lines]).toEqual([[], [], []])
})

test('what breaks is logged whole, and its inside is shown to nobody', async () => {
  const { engine, platform, lines, ask } = await start()
  engine.refuse(new Error('SQLITE_CORRUPT: /srv/errand.db'))
  await ask('brief Tyres', { key: 'r77' })
  expect(platform.whispers).toEqual(["Something broke (request r77). The server's log has the details."])
  expect(lines).toMatchObject([{ request: 'r77', err: { message: 'SQLITE_CORRUPT: /srv/errand.db' } }])
})

test('a request that cannot be kept is refused, and starts nothing', async () => {
  const { db, engine, lines, platform } = await start()
  await db.schema.dropTable('inbound').execute()
  await expect(platform.ask('brief Tyres')).rejects.toThrow(
    new UserError('I could not keep this request, so nothing was started. Try again.'),
  )
  expect(engine.submitted).toEqual([])
  expect(lines).toHaveLength(1)
})

test('files go to the first file input that was not named, and names are opened where that is possible', async () => {
  const { engine, platform, ask } = await start()
  const upload = (name: string) => ({ name, open: () => Readable.from(['x']) })
  await ask('brief Tyres', { files: [upload('a.md'), upload('b.md')] })
  await ask('brief Tyres sources=c.md sources="d e.md"', { openFile: async name => upload(`opened ${name}`) })
  expect(engine.submitted.map(({ inputs }) => (inputs.sources as { name: string }[]).map(file => file.name))).toEqual([
    ['a.md', 'b.md'],
    ['opened c.md', 'opened d e.md'],
  ])
  await ask('brief Tyres sources=c.md')
  await ask('count number=1', { files: [upload('a.md')] })
  expect(platform.whispers).toEqual([
    'Attach the file for `sources` to your message, or name an output as `job:<id>/<path>`; other names I cannot open.',
    '`count` takes no further file; nothing was started.',
  ])
})

test('inputs that do not fit are asked for in a form, or by a button that opens it', async () => {
  const { engine, platform, ask } = await start()
  const problems = [{ field: 'topic', message: '`topic` is required: text.' }]
  engine.refuse(new UserError('`topic` is required: text.', { problems }))
  const forms: Form[] = []
  await ask('brief tone=plain', { openForm: async form => void forms.push(form) })
  expect(forms).toMatchObject([
    { instruction: 'brief', title: 'Write a content brief', values: { tone: 'plain' }, problems },
  ])
  expect(forms[0]?.inputs.map(({ name }) => name)).toEqual(['topic', 'notes', 'tone', 'words', 'sources'])
  expect(platform.whispers).toEqual([])
  await ask('brief tone=plain')
  expect(platform.whispers).toEqual(['`topic` is required: text.'])
  expect(platform.offers).toEqual([
    [{ label: 'Fill in', command: 'brief tone=plain', values: { tone: 'plain' }, style: 'primary' }],
  ])
})

test('values of a form are taken as they are', async () => {
  const { engine, ask } = await start()
  const upload = { name: 'a.md', open: () => Readable.from(['x']) }
  await ask('brief', { values: { topic: 'a="b" tone=plain', words: 7, sources: [upload] } })
  expect(engine.submitted[0]?.inputs).toEqual({ topic: 'a="b" tone=plain', words: 7, sources: [upload] })
})

test('help, jobs, status, log and files answer the asker alone', async () => {
  const { engine, platform, ask } = await start()
  await ask('brief Winter tyres')
  for (let n = 1; n <= 30; n += 1) await engine.say('test0001', { kind: 'tool_use', text: `reading ${n}.md` })
  await quiet()
  for (const text of ['help', 'jobs', 'status test0001', 'log test0001', 'files test0001']) await ask(text)
  const [help, jobs, status, log, files] = platform.whispers
  expect(help).toContain('`brief` — Write a content brief\n  `errand brief topic="Winter tyres" tone=plain`')
  expect(jobs).toBe('test0001 ○ `brief · Winter tyres` — queued, 1st: it starts at once')
  expect(status).toBe('○ `brief · Winter tyres` — queued, 1st: it starts at once\nasked by ann · job test0001')
  expect(log?.split('\n').slice(0, 2)).toEqual(['… 11 lines before', '<1 s · tool use · reading 11.md'])
  expect(log?.split('\n').at(-1)).toContain('reading 30.md')
  expect(files).toBe('Job test0001 has no files.')
})

test('an empty place says what to do next', async () => {
  const { platform, ask } = await start()
  await ask('jobs')
  expect(platform.whispers).toEqual(['No job has been run here yet. `errand help` says what can be run.'])
})

test('a job is seen in its place and by its asker, and cancelled by its asker alone', async () => {
  const { engine, platform, ask } = await start()
  await ask('brief Tyres')
  const ben = { actor: 'user:test:ben', actorName: 'ben' }
  await ask('status test0001', { place: 'channel:test:two' })
  await ask('status test0001', { ...ben, place: 'channel:test:two' })
  await ask('cancel test0001', ben)
  await ask('cancel test0001')
  expect(platform.whispers.slice(1)).toEqual([
    'There is no job `test0001` here. `errand jobs` lists them.',
    'Only ann may cancel this job.',
    '`brief · Tyres` is cancelled.',
  ])
  expect((await engine.job('test0001'))?.message).toBe('cancelled by ann')
})

test('a reply is never longer than the platform takes', async () => {
  const { engine, platform, ask } = await start()
  for (let n = 0; n < 12; n += 1)
    engine.add(jobView({ id: `aaaaaa${n}`, title: 'x '.repeat(100), reason: 'y'.repeat(900) }))
  await ask('jobs')
  expect(platform.whispers[0]?.length).toBeLessThanOrEqual(platform.limits.messageChars)
})

test('where the card cannot be posted the asker is told, and the result is posted all the same', async () => {
  const { engine, platform, clock, bot, ask } = await start()
  platform.failPosts(...Array<'refused'>(5).fill('refused'))
  await ask('brief Tyres')
  await clock.advance(80_000)
  expect(platform.whispers).toEqual([
    'I could not post here; job test0001 runs all the same. `errand status test0001` shows how it goes.',
  ])
  await engine.change('test0001', END)
  await bot.settled()
  expect(platform.posts.map(post => post.key)).toEqual(['test0001/result'])
})

test('a secret is posted nowhere', async () => {
  const { engine, platform, bot, ask } = await start()
  await ask('brief the password hunter2')
  await engine.say('test0001', { kind: 'tool_use', text: 'reading hunter2.md' })
  await engine.change('test0001', { ...END, result: `It is hunter2. ${'hunter2 '.repeat(1000)}` })
  await bot.settled()
  await ask('hunter2')
  expect(JSON.stringify([platform.posts, platform.whispers])).not.toContain('hunter2')
  expect(JSON.stringify(platform.posts)).toContain('[secret]')
})

test('a stop ends the telling, and the next start goes on with it', async () => {
  const { engine, platform, bot, restart, ask } = await start()
  await ask('brief Tyres')
  await bot.stop()
  await platform.ask('brief Tyres') // the chat is disconnected: nobody hears it
  const next = await restart()
  await engine.change('test0001', END)
  await next.settled()
  expect(engine.submitted).toHaveLength(1)
  expect(platform.posts.map(post => post.key)).toEqual(['test0001/card', 'test0001/result'])
  expect(platform.posts[0]?.message.text).toBe('`brief · Tyres` — done')
})

test('a request that comes while the bot stops is refused', async () => {
  const { engine, platform, bot } = await start()
  const stopped = bot.stop()
  await expect(platform.ask('brief Tyres')).rejects.toThrow('I am stopping; nothing was started.')
  await stopped
  expect(engine.submitted).toEqual([])
})

test('a job whose thread a crash prevented gets it at the next start', async () => {
  const { engine, platform, restart } = await start()
  engine.add(jobView({ id: 'aaaaaaa1' }))
  engine.add(jobView({ id: 'aaaaaaa2', platform: 'api', place: 'channel:api:admin' }))
  await restart()
  expect(platform.posts.map(post => post.key)).toEqual(['aaaaaaa1/card'])
})

test('a request that a crash cut off is answered at the next start', async () => {
  const { db, platform, restart } = await start()
  const body = {
    text: 'brief Tyres',
    actor: 'user:test:ann',
    actorName: 'ann',
    place: 'channel:test:one',
    thread: null,
  }
  await takeInbound(db, { platform: 'test', key: 'r1', body, at: '2026-11-21T09:00:00.000Z' })
  await restart()
  expect(platform.whispers).toEqual([
    'I was restarted while I took up `brief Tyres`. `errand jobs` shows whether it was started; if not, send it again.',
  ])
  expect(await takeUnanswered(db, 'test', 'other')).toEqual([])
})

test('a thread that breaks says so, and its job goes on', async () => {
  const { engine, platform, lines, ask } = await start()
  engine.follow = () => {
    throw new Error('the log is gone')
  }
  await ask('brief Tyres')
  expect(platform.posts.map(post => post.key)).toEqual(['test0001/card', 'test0001/broken'])
  expect(platform.posts[1]?.message.text).toContain('Something broke (job test0001)')
  expect(lines).toMatchObject([{ job: 'test0001', err: { message: 'the log is gone' } }])
})

test('an instruction is open to an admin whatever it allows', async () => {
  const instruction = INSTRUCTIONS.byName.get('brief')
  if (!instruction) throw new Error('no instruction')
  const closed = { ...INSTRUCTIONS, byName: new Map([['brief', { ...instruction, allow: ['user:test:ben'] }]]) }
  const { engine, platform, ask } = await start()
  engine.instructions = () => closed
  await ask('brief Tyres')
  expect(platform.whispers[0]).toContain('You may not run `brief`')
  engine.asking = async person => ({ ...person, role: 'admin' })
  await ask('brief Tyres')
  expect(engine.submitted[0]?.origin.roles).toEqual(['role:errand:admin'])
})

test('a request that came too late to be acknowledged starts nothing, now or after a restart', async () => {
  const { engine, platform, ask, restart } = await start()
  await ask('brief tyres', { acknowledged: Promise.reject(new Error('Unknown interaction')) })
  await restart()
  expect(engine.submitted).toEqual([])
  expect(platform.whispers).toEqual([])
})

test('work begins after the acknowledgements of all that came with it, and waits for none that hangs', async () => {
  const { clock, engine, ask } = await start()
  const own = Promise.withResolvers<void>()
  const other = Promise.withResolvers<void>()
  await ask('brief one', { acknowledged: own.promise })
  await ask('brief two', { acknowledged: other.promise })
  expect(engine.submitted).toEqual([])
  own.resolve()
  await quiet()
  expect(engine.submitted).toEqual([])
  await clock.advance(100)
  expect(engine.submitted.map(({ inputs }) => inputs.topic)).toEqual(['one'])
  other.resolve()
  await quiet()
  expect(engine.submitted).toHaveLength(2)
})
