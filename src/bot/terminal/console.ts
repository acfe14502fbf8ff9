import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { appendingBoard, type Board, liveBoard } from './board.ts'
import { type Line, linesOf, paint } from './line.ts'
import { PROMPT, promptArea, type Screen } from './prompt-area.ts'

/** What a terminal is to the platform: a board to show posts on, and lines that a person types. */
export type Console = Board & {
  /** Shows a line as if it had been typed. */
  echo(line: string): void
  /** Reads no more; what is shown stays, and is written out when this resolves. */
  close(): Promise<void>
}

export type ConsoleOptions = {
  input: Readable
  output: Screen
  color: boolean
  cwd: string
  onLine: (line: string) => void
  /** The input ended or was left; not called after `close`. */
  onEnd: () => void
}

/** For a log or a pipe: everything is appended, typed lines too. */
export function appendingConsole({ input, output, color, cwd, onLine, onEnd }: ConsoleOptions): Console {
  const print = (lines: Line[]) => output.write(lines.map(line => `${paint(line, color)}\n`).join(''))
  const echo = (line: string) => print(linesOf(`${PROMPT}${line}`, 'plain'))
  const rl = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, terminal: false })
  rl.on('line', line => {
    echo(line)
    onLine(line)
  })
  rl.once('close', onEnd)
  return {
    ...appendingBoard(print, cwd),
    echo,
    close: async () => {
      rl.off('close', onEnd)
      rl.close()
      await written(output)
    },
  }
}

/** For a terminal: a prompt at the bottom, above it what is live, above that what is over. */
export function liveConsole({ input, output, color, cwd, onLine, onEnd }: ConsoleOptions): Console {
  const rl = createInterface({ input, output, prompt: PROMPT, terminal: true, historySize: 100 })
  const area = promptArea({ rl, output, color })
  const { live, ...board } = liveBoard(area, cwd)
  rl.on('line', line => {
    area.entered(line, live())
    onLine(line)
  })
  rl.on('error', onEnd) // the terminal itself is gone: its window was closed
  rl.once('close', onEnd)
  rl.prompt()
  return {
    ...board,
    echo: line => area.show(linesOf(`${PROMPT}${line}`, 'plain'), live()),
    close: async () => {
      rl.off('close', onEnd)
      area.end(live())
      rl.close()
      await written(output)
    },
  }
}

/** Resolves when everything is handed on, also when nobody reads it any more. */
const written = (output: Screen): Promise<void> =>
  new Promise(resolve => (output.destroyed ? resolve() : output.write('', () => resolve())))
