import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Line, splitLines } from '../../../src/engine/claude/lines.ts'

async function* streamOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

async function linesOf(chunks: Iterable<Uint8Array>, cap?: number): Promise<Line[]> {
  const lines: Line[] = []
  for await (const some of splitLines(streamOf(chunks), cap)) lines.push(...some)
  return lines
}

const textsOf = async (...chunks: string[]) =>
  (await linesOf(chunks.map(text => Buffer.from(text)))).map(({ text }) => text)

/** The same by the obvious way: all bytes at once. */
function expectedLines(bytes: Buffer, cap: number): Line[] {
  const lines: Line[] = []
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline
    lines.push({ text: bytes.toString('utf8', start, Math.min(end, start + cap)), cut: end - start > cap })
    start = end + 1
  }
  return lines
}

/** Bytes with many line ends, and where they are torn into chunks. */
const torn = fc.record({
  bytes: fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes.map(byte => (byte % 5 === 0 ? 0x0a : byte)))),
  cuts: fc.array(fc.nat(200), { maxLength: 30 }),
})

function chunksOf({ bytes, cuts }: { bytes: Buffer; cuts: number[] }): Buffer[] {
  const ends = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
  return ends.slice(1).map((end, i) => bytes.subarray(ends[i], end))
}

test('lines are the same however their bytes are torn into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(torn, async ({ bytes, cuts }) => {
      expect(await linesOf(chunksOf({ bytes, cuts }))).toEqual(expectedLines(bytes, Number.POSITIVE_INFINITY))
    }),
  )
})

test('a line over the cap is cut there and marked, however its bytes are torn', async () => {
  await fc.assert(
    fc.asyncProperty(torn, fc.integer({ min: 1, max: 12 }), async ({ bytes, cuts }, cap) => {
      expect(await linesOf(chunksOf({ bytes, cuts }), cap)).toEqual(expectedLines(bytes, cap))
    }),
  )
})

test('a line of just the cap is whole', async () => {
  expect(await linesOf([Buffer.from('abcd\nabcde\nab')], 4)).toEqual([
    { text: 'abcd', cut: false },
    { text: 'abcd', cut: true },
    { text: 'ab', cut: false },
  ])
})

test('a line of 4 MiB is whole, and of a longer one those are kept', async () => {
  const most = Buffer.alloc(4 * 1024 * 1024, 'x')
  const lines = await linesOf([most, Buffer.from('\n'), most, Buffer.from('x\n')])
  expect(lines.map(({ text, cut }) => [text.length, cut])).toEqual([
    [most.length, false],
    [most.length, true],
  ])
})

test.each([
  ['an empty stream', [], []],
  ['an empty chunk', [''], []],
  ['no last line end', ['a\nb'], ['a', 'b']],
  ['a last line end', ['a\nb\n'], ['a', 'b']],
  ['empty lines', ['\n\na\n\n'], ['', '', 'a', '']],
  ['a line end alone in a chunk', ['a', '\n', 'b'], ['a', 'b']],
  ['a carriage return, which JSON does not mind', ['{}\r\n'], ['{}\r']],
])('%s', async (_, chunks, lines) => {
  expect(await textsOf(...chunks)).toEqual(lines)
})

test('a character whose bytes come in two chunks is whole', async () => {
  const bytes = Buffer.from('é😀\n')
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(await linesOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual([{ text: 'é😀', cut: false }])
  }
})

test('bytes that are no UTF-8 become the replacement character and spoil no other line', async () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xc3]), Buffer.from('\nfine\n')])
  expect(await linesOf([bytes])).toEqual([
    { text: '\ufffd\ufffd', cut: false },
    { text: 'fine', cut: false },
  ])
})

test('lines of one chunk come in one array', async () => {
  const arrays: Line[][] = []
  for await (const lines of splitLines(streamOf([Buffer.from('a\nb\nc'), Buffer.from('d\n')]))) arrays.push(lines)
  expect(arrays.map(lines => lines.length)).toEqual([2, 1])
})

test('of a line without end no more than the cap is kept in memory', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const chunks: WeakRef<ArrayBufferLike>[] = []
  let alive = 0
  async function* endless(): AsyncGenerator<Buffer> {
    for (let i = 0; i < 100; i++) {
      const chunk = Buffer.alloc(64 * 1024, 'x')
      chunks.push(new WeakRef(chunk.buffer))
      yield chunk
    }
    await new Promise(resolve => setImmediate(resolve)) // a WeakRef holds on until its turn of the loop is over
    collectGarbage()
    alive = chunks.filter(chunk => chunk.deref() !== undefined).length
  }
  const lines: Line[] = []
  for await (const some of splitLines(endless(), 1000)) lines.push(...some)
  expect(lines).toEqual([{ text: 'x'.repeat(1000), cut: true }])
  expect(alive).toBeLessThanOrEqual(3) // the one whose beginning is kept, and those under way
})
