import type { Interface } from 'node:readline'
import type { Writable } from 'node:stream'
import type { Area } from './board.ts'
import { cutTo, type Line, linesOf, paint, widthOf } from './line.ts'

export const PROMPT = '> '

/** An output with a width and a height, as a terminal has. */
export type Screen = Writable & { columns?: number; rows?: number }

/** Live lines right above the prompt of a terminal; a line that is being typed stays as it is. */
export type PromptArea = Area & {
  /** The person pressed Enter: the line becomes one for good, and the prompt is free again. */
  entered(line: string, live: Line[]): void
  /** Leaves everything as it is shown and draws no prompt any more. */
  end(live: Line[]): void
}

export function promptArea({ rl, output, color }: { rl: Interface; output: Screen; color: boolean }): PromptArea {
  let drawn = 0
  let closed = false
  rl.once('close', () => {
    closed = true
  })

  /** Goes `up` rows from the cursor, to the first live line, and writes everything anew from there. */
  const redraw = (up: number, forGood: Line[], live: Line[]) => {
    // `prompt` goes up from where readline drew last: that many rows are left for it.
    const below = closed ? 0 : ((rl as { prevRows?: number }).prevRows ?? 0)
    const lines = [...forGood, ...live].map(line => `${paint(line, color)}\n`)
    output.write(`${up > 0 ? `\x1b[${up}A` : ''}\r\x1b[J${lines.join('')}${'\n'.repeat(below)}`)
    drawn = live.length
    if (!closed) rl.prompt(true)
  }
  const cursorRow = () => (closed ? 0 : rl.getCursorPos().rows)
  return {
    show: (forGood, live) => redraw(drawn + cursorRow(), forGood, shorten(live, output, cursorRow())),
    entered: (line, live) => {
      const typed = linesOf(`${PROMPT}${line}`, 'plain')
      redraw(drawn + rowsOf(PROMPT + line, columnsOf(output)), typed, shorten(live, output, 0))
    },
    end: live => {
      const up = drawn + cursorRow()
      closed = true
      redraw(up, live, [])
    },
  }
}

/** Cut to the screen: a line that wraps, or one above the upper edge, could not be found again. */
function shorten(live: Line[], output: Screen, promptRows: number): Line[] {
  const room = Math.max(1, (output.rows ?? 24) - 2 - promptRows)
  const hidden = live.length - room + 1
  const shown: Line[] =
    live.length <= room ? live : [...live.slice(0, room - 1), { text: `… ${hidden} more lines`, tone: 'quiet' }]
  return shown.map(line => cutTo(line, columnsOf(output) - 1))
}

const columnsOf = (output: Screen): number => output.columns ?? 80

/** How many rows readline gave a line: it begins a new one when the last is full to the edge. */
const rowsOf = (text: string, columns: number): number => Math.floor(widthOf(text) / columns) + 1
