import { diffLines } from 'diff'
import { z } from 'zod'
import { CutNote, clipped, Plain } from './clipped.tsx'

const command = z.looseObject({ command: z.string() })
const edit = z.looseObject({ old_string: z.string(), new_string: z.string() })
const edits = z.looseObject({ edits: z.array(edit) })
const newFile = z.looseObject({ file_path: z.string(), content: z.string() })

/** What a tool was given, as a person reads it: a command, an edit as a diff, anything else as JSON. */
export function ToolInput({ input }: { input: unknown }) {
  const run = command.safeParse(input)
  if (run.success) return <Plain text={run.data.command} kind="command" />
  const one = edit.safeParse(input)
  if (one.success) return <Diff from={one.data.old_string} to={one.data.new_string} />
  const many = edits.safeParse(input)
  if (many.success)
    return many.data.edits
      .slice(0, MAX_EDITS)
      .map(({ old_string, new_string }) => <Diff from={old_string} to={new_string} />)
  const written = newFile.safeParse(input)
  if (written.success) return <Diff from="" to={written.data.content} />
  const json = JSON.stringify(shallow(input, MAX_DEPTH), null, 2)
  return json === undefined || json === '{}' ? null : <Plain text={json} />
}

const MAX_EDITS = 50
/** Indentation grows with the depth: what lies deeper is left out. */
const MAX_DEPTH = 12

function shallow(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.map(item => shallow(item, depth - 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shallow(item, depth - 1)]))
}

/** Two texts with more differences than this are shown as one taken out and one put in. */
const MAX_DIFFERENCES = 400

const Diff = ({ from, to }: { from: string; to: string }) => (
  <>
    <div class="diff">
      {linesOf(clipped(from), clipped(to)).map(({ sign, line }) => {
        if (sign === '+') return <ins>{line}</ins>
        if (sign === '-') return <del>{line}</del>
        return <span>{line}</span>
      })}
    </div>
    <CutNote text={from.length > to.length ? from : to} />
  </>
)

type DiffLine = { sign: '+' | '-' | ' '; line: string }

function linesOf(from: string, to: string): DiffLine[] {
  const changes = diffLines(from, to, { maxEditLength: MAX_DIFFERENCES })
  if (changes === undefined) return [...split(from, '-'), ...split(to, '+')]
  return changes.flatMap(({ value, added, removed }) => split(value, added ? '+' : removed ? '-' : ' '))
}

const split = (text: string, sign: DiffLine['sign']): DiffLine[] =>
  text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map(line => ({ sign, line }))
