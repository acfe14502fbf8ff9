import { execFileSync } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openJobs } from '../../src/db/open-jobs.ts'
import type { Script } from '../../src/demo/conversation.ts'
import { startScriptedModel } from '../../src/demo/model.ts'
import { isFinal } from '../../src/job.ts'
import { makeSite, type ServerProcess, type Site } from '../support/server.ts'
import { expectSound } from '../support/sound.ts'
import { ANN } from '../support/world.ts'
import { answerSome, COLOUR, expectAnswered } from './answering.ts'
import { FAULTS } from './chaos.ts'
import { expectInTurn, giveAllBack, goOn } from './going-on.ts'
import { randomFrom } from './random.ts'

/** `npm run test:faults -- --rounds 200 --seed 7`: servers and agents are killed at random, and no job may notice. */
const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seed: { type: 'string' }, sandbox: { type: 'string' } },
})
const rounds = Number(values.rounds ?? 200)
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))

const SECRET = 'sk-ant-planted-where-nobody-may-find-it'
const TOKEN = 'the-admin-token-of-the-faults'
const doing = (todo: unknown[], keys = '') =>
  `---\ndescription: F\ninputs:\n  a: { type: file }\n${keys}---\nDO ${JSON.stringify([['again'], ...todo])}`
const lines = (count: number) => Array.from({ length: count }, (_, i) => ['say', `line ${i} ${'x'.repeat(200)}`])
const CALL = { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] } }

const FIXTURE = {
  quick: doing([['result', 'done']]),
  fails: doing([
    ['write', ['f.md', 'f']],
    ['fail', { terminal_reason: 'api_error' }],
    ['exit', 1],
  ]),
  copies: doing([
    ['write', ['a.md', 'a']],
    ['sleep', 300],
    ['write', ['b.md', 'b'.repeat(2_000_000)]],
    ['result', 'done'],
  ]),
  chatty: doing([...lines(300), ['sleep', 700], ...lines(300), ['result', 'done']]),
  runaway: doing([['line', CALL], ['deaf'], ['runaway', 'pid'], ['say', 'gone'], ['sleep', 1200], ['result', 'done']]),
  asks: doing(
    [
      ['ask', ['t1', 'Bash', { command: 'echo 1' }]],
      ['sleep', 100],
      ['ask', ['t2', 'AskUserQuestion', COLOUR]],
      ['ask', ['t3', 'Bash', { command: 'echo 3' }]],
      ['write', ['c.md', 'c']],
      ['result', 'done'],
    ],
    'ask-tools: [Bash]\n',
  ),
}
const REAL = {
  asks: '---\ndescription: F\n---\nAsk first',
  real: '---\ndescription: F\nallowed-tools: [Bash, Write]\n---\nMake something',
}

/** What the model says: a tool that takes a moment, a file, and an answer. */
const script: Script = conversation => {
  const said = conversation.map(({ text }) => text).join('\n')
  if (said.includes('Ask first') && !/(?:answer is |=)"(?:Red|Blue)"/.test(said))
    return { text: '', tools: [{ name: 'AskUserQuestion', input: COLOUR }] }
  const steps = conversation.filter(({ role }) => role === 'assistant').length
  const bash = { name: 'Bash', input: { command: 'nohup sleep 45 >/dev/null 2>&1 & sleep 0.5; echo ran' } }
  const write = { name: 'Write', input: { file_path: `made-${steps}.md`, content: 'made' } }
  if (steps % 3 === 0) return { text: 'A tool first.', tools: [bash] }
  return steps % 3 === 1 ? { text: '', tools: [write] } : { text: 'done' }
}

const counts = new Map<string, number>()
const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)

/** Attacks the site; where that shows a fault, the servers' logs are kept. */
async function attackAndTell(name: string, rounds: number, seed: number, site: Site): Promise<void> {
  try {
    await attack(name, rounds, seed, site)
  } catch (error) {
    const file = join(tmpdir(), `errand-faults-${seed}.log`)
    await writeFile(file, site.logs())
    console.error(`seed ${seed} shows a fault; what the servers logged is in ${file}`)
    console.table(await site.db.selectFrom('attempt').selectAll().where('ended_at', 'is', null).execute())
    throw error
  }
}

async function attack(name: string, rounds: number, seed: number, site: Site): Promise<void> {
  const random = randomFrom(seed)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const names = [...site.engine.instructions().byName.keys()]
  const [single = ''] = names
  const accepted: string[] = []
  await site.engine.setLimits(
    [
      { scope: `instruction:${single}`, name: 'concurrent', value: 1 },
      { scope: 'global', name: 'costPerDay', value: 10_000 },
    ],
    ANN,
  )
  const on = { site, token: TOKEN, random, count }
  let server: ServerProcess = await site.start()
  for (let round = 1; round <= rounds; round += 1) {
    for (let jobs = 1 + Math.floor(random() * 3); jobs > 0; jobs -= 1) {
      const id = random() < 0.5 ? await overHttp(server, pick(names)) : await directly(site, pick(names))
      if (id) accepted.push(id)
    }
    const [submitting, instruction] = [random() < 0.3, pick(names)] // one more at the moment of the fault
    const late = submitting ? overHttp(server, instruction) : null
    await delay(random() * 1000)
    if (random() < 0.1 && accepted.length > 0) await site.engine.cancel(pick(accepted), ANN).catch(() => {}) // it has ended
    await answerSome(site, random, 0.6)
    const concurrent = { scope: 'global', name: 'concurrent', value: 1 + Math.floor(random() * 4) }
    if (random() < 0.3) await site.engine.setLimits([concurrent], ANN)
    await expectWithin(site, single, 1)
    for (let people = Math.floor(random() * 4); people > 0; people -= 1)
      accepted.push(...(await goOn(on, server, accepted)))
    const meanwhile = random() < 0.5 ? goOn(on, server, accepted) : [] // one more at the moment of the fault
    const fault = pick(Object.keys(FAULTS))
    console.log(`${name} ${round}/${rounds}: ${accepted.length} jobs, ${fault}`)
    count(fault)
    const alive = await FAULTS[fault]?.({ site, server, random })
    const id = await late
    if (id) accepted.push(id)
    accepted.push(...(await meanwhile))
    server = alive ?? (await site.start())
  }
  await giveAllBack(site)
  await allEnded(site)
  await expectInTurn(site)
  for (const id of await everyJob(site, accepted)) {
    const { job, events } = await expectSound(site, id)
    for (let asked = await expectAnswered(site, id, events); asked > 0; asked -= 1) count('questions')
    count(`job ${job.status}${job.failure ? ` (${job.failure})` : ''}`)
    count(`attempts: ${job.attempt}`)
    const kept = await readdir(join(site.dir, 'outputs', id)).catch(() => [])
    const made = site.db.selectFrom('artifact').select('attempt').distinct().where('job', '=', id)
    const wanted = (await made.orderBy('attempt').execute()).map(({ attempt }) => `${attempt}`)
    if (kept.sort((a, b) => Number(a) - Number(b)).join() !== wanted.join())
      throw new Error(`outputs of ${id}: ${kept} instead of ${wanted}`)
  }
  const status = await server.kill('SIGTERM')
  if (status !== 0) throw new Error(`the last server ended with ${status}`)
  const tmp = await readdir(join(site.dir, 'data/tmp'))
  if (tmp.length > 0) throw new Error(`left in tmp: ${tmp}`)
  expectNoSecret(site)
}

/** No more of an instruction run than its limit says, whoever was killed meanwhile. */
async function expectWithin(site: Site, instruction: string, most: number): Promise<void> {
  const open = (await openJobs(site.db)).filter(job => job.instruction === instruction)
  if (open.length > most) throw new Error(`${open.length} of ${instruction} run at once: ${JSON.stringify(open)}`)
}

/** Accepted is what was answered with its id. */
async function overHttp(server: ServerProcess, instruction: string): Promise<string | null> {
  try {
    const response = await fetch(`${server.url}/api/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ instruction, inputs: {} }),
    })
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`)
    return ((await response.json()) as { id: string }).id
  } catch (error) {
    count(error instanceof TypeError ? 'submits cut off by a kill' : `submits refused: ${error}`)
    return null
  }
}

async function directly(site: Site, instruction: string): Promise<string> {
  const takesFile = (site.engine.instructions().byName.get(instruction)?.inputs.length ?? 0) > 0
  const inputs = takesFile ? { a: [{ name: 'a.md', open: () => Readable.from(['a']) }] } : {}
  return (await site.engine.submit({ instruction, inputs, origin: ANN })).id
}

/** However many there are on however slow a machine: one a minute has to end. */
async function allEnded(site: Site): Promise<void> {
  for (let tries = 0, before = -1; tries < 240; tries += 1) {
    await answerSome(site, Math.random, 1)
    const { jobs } = await site.engine.jobs({ live: true, limit: 1000 })
    if (jobs.length === 0) return
    if (jobs.length !== before) tries = 0
    before = jobs.length
    await delay(250)
  }
  throw new Error('there are jobs that do not end')
}

/** All jobs that there are; an accepted one that is not among them is lost. */
async function everyJob(site: Site, accepted: string[]): Promise<string[]> {
  const rows = await site.db.selectFrom('job').select(['id', 'status']).execute()
  const ids = new Set(rows.filter(({ status }) => isFinal(status)).map(({ id }) => id))
  const lost = accepted.filter(id => !ids.has(id))
  if (lost.length > 0) throw new Error(`lost: ${lost}`)
  return [...ids]
}

function expectNoSecret(site: Site): void {
  const found = [SECRET, TOKEN].map(secret => {
    try {
      return execFileSync('grep', ['-rlF', secret, site.dir], { encoding: 'utf8' })
    } catch {
      return '' // grep found nothing
    }
  })
  if (found.join('')) throw new Error(`secrets in ${found}`)
  if ([SECRET, TOKEN].some(secret => site.logs().includes(secret))) throw new Error('secrets in a log')
}

console.log(`seed ${seed}, ${rounds} rounds`)
const env = {
  ADMIN_TOKEN: TOKEN,
  ANTHROPIC_API_KEY: SECRET,
  MAX_CONCURRENT_JOBS: '3',
  SANDBOX: values.sandbox ?? 'off',
}
const started = performance.now()
const real = Math.floor(rounds / 4)
{
  const CLAUDE_BIN = resolve('test/fixtures/claude-fixture.mjs')
  await using site = await makeSite(FIXTURE, { ...env, CLAUDE_BIN })
  await attackAndTell('fixture', rounds - real, seed, site)
}
const model = await startScriptedModel(script, 50)
try {
  await using site = await makeSite(REAL, { ...env, ANTHROPIC_BASE_URL: model.url })
  await attackAndTell('real CLI', real, seed + 1, site)
} finally {
  await model.stop()
}
console.log(`\nseed ${seed}: ${rounds} rounds in ${Math.round((performance.now() - started) / 1000)} s, all sound`)
for (const [what, times] of [...counts].sort()) console.log(`  ${String(times).padStart(4)}  ${what}`)
