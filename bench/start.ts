import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { GUILD } from '../test/support/discord/state.ts'
import { TOKEN } from '../test/support/discord-server.ts'
import { type CeilingFigure, seconds } from './figure.ts'
import { storedJobs } from './stored-jobs.ts'

const PORT = 39_481
const ARGUMENTS = ['--max-semi-space-size=8', 'dist/cli.js', 'start']

/** Runs the built server on a database of 100,000 jobs; gives how long it took to be healthy, and what `idle` finds. */
async function withServer(
  idle: (pid: number) => Promise<number>,
  more: Record<string, string> = {},
): Promise<{ healthy: number; found: number }> {
  build()
  const dir = await mkdtemp(join(tmpdir(), 'errand-bench-start-'))
  const env = {
    PATH: process.env.PATH,
    ...{ DATA_DIR: join(dir, 'data'), OUTPUTS_DIR: join(dir, 'outputs'), DATABASE_URL: await storedJobs(100_000) },
    ...{ PORT: String(PORT), LOG_LEVEL: 'error', ...more },
  }
  const begun = performance.now()
  const server = spawn(process.execPath, ARGUMENTS, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  while (!(await isHealthy())) await delay(5)
  const healthy = (performance.now() - begun) / 1000
  const found = await idle(server.pid ?? 0)
  server.kill('SIGTERM')
  await once(server, 'exit')
  await rm(dir, { recursive: true })
  return { healthy, found }
}

let built = false
function build(): void {
  if (!built) execFileSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  built = true
}

const isHealthy = async (): Promise<boolean> =>
  (await fetch(`http://127.0.0.1:${PORT}/health`).catch(() => null))?.status === 200

/** What the built server takes to be healthy beyond what Node itself takes to do nothing. */
export const start: CeilingFigure = {
  kind: 'ceiling',
  name: 'the built server to /health, beyond `node -e 0`',
  unit: 's',
  atMost: 0.6,
  round: async () => {
    const node = await seconds(() => once(spawn(process.execPath, ['-e', '0']), 'exit'))
    const { healthy } = await withServer(async () => 0)
    return { ours: healthy - node, notes: { 'floor: node -e 0, s': node } }
  },
}

/** The resident memory of the built server three seconds after its start, without a chat platform. */
export const idle: CeilingFigure = {
  kind: 'ceiling',
  name: 'resident memory of an idle server',
  unit: 'MB',
  atMost: 125,
  round: async () => ({ ours: (await withServer(pid => residentOf(pid))).found }),
}

/** The same with both chats connected. */
export const idleWithChats: CeilingFigure = {
  kind: 'ceiling',
  name: 'resident memory of an idle server on Slack and Discord',
  unit: 'MB',
  atMost: 190,
  round: async () => {
    const slack = await forked('slack-server.ts')
    const discord = await forked('discord-server.ts')
    const { found } = await withServer(pid => residentOf(pid), {
      ...{ SLACK_BOT_TOKEN: 'xoxb-bench', SLACK_APP_TOKEN: 'xapp-bench', SLACK_API_URL: slack.url },
      ...{ DISCORD_TOKEN: TOKEN, DISCORD_API_URL: discord.url, DISCORD_GUILD_IDS: GUILD },
    })
    for (const { server } of [slack, discord]) server.disconnect()
    return { ours: found }
  },
}

/** What two hundred jobs leave in the memory of the built server, ten seconds after the last one. */
export const leftByJobs: CeilingFigure = {
  kind: 'ceiling',
  name: 'resident memory that 200 jobs leave in a server',
  unit: 'MB',
  atMost: 5,
  round: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'errand-bench-instructions-'))
    await writeFile(join(folder, 'bench.md'), '---\ndescription: Bench\nallowed-tools: [Read]\n---\nGo')
    let before = 0
    const { found } = await withServer(
      async pid => {
        before = await residentOf(pid)
        await runJobs(200)
        return residentOf(pid, 10_000)
      },
      {
        INSTRUCTIONS_DIR: folder,
        ADMIN_TOKEN,
        CLAUDE_BIN: fileURLToPath(new URL('trivial-agent.sh', import.meta.url)),
      },
    )
    await rm(folder, { recursive: true })
    return { ours: found - before, notes: { 'before, MB': before } }
  },
}

const ADMIN_TOKEN = 'the-token-of-the-bench-is-long-enough'
const HEADERS = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }

/** Asks the server for jobs over the API, ten at a time, and waits for their ends. */
async function runJobs(count: number): Promise<void> {
  const body = JSON.stringify({ instruction: 'bench', inputs: {} })
  const at = `http://127.0.0.1:${PORT}`
  for (let done = 0; done < count; done += 10) {
    const asked = Array.from({ length: 10 }, () => fetch(`${at}/api/jobs`, { method: 'POST', headers: HEADERS, body }))
    for (const { status } of await Promise.all(asked))
      if (status !== 202) throw new Error(`a job was answered ${status}`)
    while (await isBusy(at)) await delay(20)
  }
}

async function isBusy(at: string): Promise<boolean> {
  const { queued, running } = (await (await fetch(`${at}/health`)).json()) as { queued: number; running: number }
  return queued + running > 0
}

async function forked(file: string) {
  const server = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: process.execArgv })
  const [url] = (await once(server, 'message')) as [string]
  return { server, url }
}

/** Megabytes, after some milliseconds. */
async function residentOf(pid: number, after = 3000): Promise<number> {
  await delay(after)
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1.024e-3
}
