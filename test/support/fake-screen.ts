import { Writable } from 'node:stream'

const ESCAPE = '\u001b'

/** A terminal's screen in memory: what is written to it can be read as a person would see it. */
export type FakeScreen = Writable & {
  columns: number
  rows: number
  /** Every line that was ever shown, those that scrolled away included, without trailing space. */
  text(): string
  /** Everything that was written, codes and all. */
  raw(): string
}

// A code with its number and letter, a return, a line feed, or a character.
const TOKEN = new RegExp(`${ESCAPE}\\[(\\d*)([A-Za-z])|\\r|\\n|[^${ESCAPE}\\r\\n]`, 'gu')

/** Knows the codes that the terminal and readline use; any other one fails the test. */
export function createFakeScreen(columns: number, rows: number): FakeScreen {
  const cells: string[][] = [[]]
  let raw = ''
  let row = 0
  let column = 0
  const top = () => Math.max(0, cells.length - rows)
  const newLine = () => {
    row += 1
    column = 0
    while (cells.length <= row) cells.push([])
  }
  const put = (char: string) => {
    if (column === columns) newLine()
    const line = cells[row] ?? []
    while (line.length < column) line.push(' ')
    line[column] = char
    column += 1
  }
  const control: Record<string, (n: number) => void> = {
    A: n => {
      row = Math.max(top(), row - Math.max(1, n))
    },
    B: n => {
      row = Math.min(cells.length - 1, row + Math.max(1, n))
    },
    C: n => {
      column = Math.min(columns - 1, column + Math.max(1, n))
    },
    D: n => {
      column = Math.max(0, Math.min(column, columns - 1) - Math.max(1, n))
    },
    G: n => {
      column = Math.max(1, n) - 1
    },
    J: n => {
      if (n !== 0) throw new Error(`screen: J with ${n}`)
      cells[row]?.splice(column)
      for (const line of cells.slice(row + 1)) line.splice(0)
    },
    m: () => {},
  }
  const write = (text: string) => {
    for (const [token, n, letter] of text.matchAll(TOKEN)) {
      if (letter !== undefined) {
        const apply = control[letter]
        if (!apply) throw new Error(`screen: unknown code ${JSON.stringify(token)}`)
        apply(n === '' ? (letter === 'J' ? 0 : 1) : Number(n))
      } else if (token === '\r') column = 0
      else if (token === '\n') newLine()
      else put(token)
    }
  }
  const screen = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      raw += chunk
      write(chunk)
      done()
    },
  })
  const text = () =>
    cells
      .map(line => line.join('').trimEnd())
      .join('\n')
      .trimEnd()
  return Object.assign(screen, { columns, rows, text, raw: () => raw })
}
