/**
 * The longest line that is kept whole, in bytes; of a longer one only the beginning is. A control request that carries
 * the largest file that a model can write in one answer fits in it: cut, it could never be answered.
 */
const MAX_LINE_BYTES = 4 * 1024 * 1024

/** A line without its end; `cut` when it was longer than the cap. */
export type Line = { text: string; cut: boolean }

const NEWLINE = 0x0a

/**
 * Splits a byte stream into lines, given in one array a chunk, since an await a line is what costs. Memory stays
 * within one chunk and one cap, however long a line is. Bytes that are no UTF-8 become U+FFFD; a last line without
 * its end is a line.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, cap = MAX_LINE_BYTES): AsyncGenerator<Line[]> {
  let carry: Buffer[] = []
  let carried = 0
  let cut = false

  // Keeps the piece for the line that is not ended yet, as far as the cap allows.
  const keep = (piece: Buffer) => {
    const room = cap - carried
    if (piece.length > room) cut = true
    if (room <= 0 || piece.length === 0) return
    carry.push(piece.subarray(0, room))
    carried += Math.min(piece.length, room)
  }
  const endLine = (): Line => {
    const line = { text: Buffer.concat(carry).toString('utf8'), cut }
    carry = []
    carried = 0
    cut = false
    return line
  }

  for await (const chunk of chunks) {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (carried === 0 && end - start <= cap) lines.push({ text: chunk.toString('utf8', start, end), cut: false })
      else {
        keep(chunk.subarray(start, end))
        lines.push(endLine())
      }
      start = end + 1
    }
    keep(chunk.subarray(start))
    if (lines.length > 0) yield lines
  }
  if (carried > 0) yield [endLine()]
}
