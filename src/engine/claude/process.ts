import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import type { Task } from '../agent.ts'
import { type Line, splitLines } from './lines.ts'

/** How long a process may take to end after SIGTERM before it gets SIGKILL. */
const KILL_AFTER_MS = 5000
/** How long its output is waited for after the process has ended, when a process that it left behind holds it open. */
const DRAIN_MS = 1000
/** How much of stderr is kept to explain an early end. */
const STDERR_BYTES = 16 * 1024

/** A running CLI: what it prints, what it is told, and how it ends. */
export type ClaudeProcess = {
  readonly pid: number
  /** Lines of stdout, an array at a time; ends when every holder of the pipe has closed it or the process is ended. */
  lines(): AsyncGenerator<Line[]>
  /** Writes one message; a process that is gone takes it silently, its exit tells the rest. */
  send(message: object): void
  /** Closes stdin: the CLI ends after its running turn. */
  finish(): void
  /** SIGTERM to the whole group, then SIGKILL; SIGKILL at once while it has said nothing. */
  kill(): void
  readonly exited: Promise<Exit>
}

export type Exit = { code: number | undefined; signal: string | undefined; stderr: string; notStarted: string | null }

/** Starts the command in the task's workspace, in a process group of its own, with nothing but the given environment. */
export function startClaude(
  [program = '', ...args]: readonly string[],
  env: Record<string, string>,
  task: Pick<Task, 'workspace'>,
): ClaudeProcess {
  const child = execa(program, args, {
    cwd: task.workspace,
    env,
    extendEnv: false,
    reject: false,
    buffer: false,
    killDescendants: true,
    forceKillAfterDelay: KILL_AFTER_MS,
  })
  child.stdin.on('error', () => {}) // EPIPE: the process is gone, and `exited` says why
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    const said = stderr + chunk.toString('utf8')
    stderr = said.length > STDERR_BYTES ? `…${said.slice(-STDERR_BYTES)}` : said
  })
  // What it left behind may hold that open too, and `exited` would wait for it.
  child.nodeChildProcess.once('exit', () => {
    setTimeout(() => child.stderr.destroy(), DRAIN_MS).unref()
  })
  const exited = child.then(result => ({
    code: result.exitCode,
    signal: result.signal,
    stderr,
    notStarted: child.pid === undefined ? (result.originalMessage ?? 'it could not be started') : null,
  }))
  return {
    pid: child.pid ?? 0,
    lines: () => splitLines(untilClosed(child.stdout, child.nodeChildProcess)),
    send: message => {
      child.stdin.write(`${JSON.stringify(message)}\n`)
    },
    finish: () => {
      child.stdin.end()
    },
    kill: () => {
      // While bubblewrap sets up nobody takes a SIGTERM, and what has not begun has nothing to end well.
      child.kill(child.stdout.readableDidRead ? 'SIGTERM' : 'SIGKILL')
    },
    exited,
  }
}

/**
 * The stream's chunks, until it ends, or nothing has come for a while after the process has: not a while after its
 * end, since what it wrote before may be read late.
 */
async function* untilClosed(stream: Readable, child: ChildProcess): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = chunks.next()
      const idle = new AbortController()
      void whenIdleAfterExit(child, idle.signal).then(isIdle => isIdle && stream.destroy())
      const { done, value } = await next.catch(endWhenClosed).finally(() => idle.abort())
      if (done) return
      yield value
    }
  } finally {
    stream.destroy() // left early: a pipe that nobody reads would keep the process from ending
  }
}

/** True when the process has ended and the pause has passed; false when the signal came first. */
async function whenIdleAfterExit(child: ChildProcess, signal: AbortSignal): Promise<boolean> {
  try {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal })
    return await delay(DRAIN_MS, true, { signal, ref: false })
  } catch {
    return false
  }
}

/** That the stream was closed from our side is an end like any other. */
function endWhenClosed(error: unknown): IteratorReturnResult<undefined> {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')
    return { done: true, value: undefined }
  throw error
}
