import type { Instruction } from '../../engine/instructions/instruction.ts'
import type { Problem } from '../../errors.ts'
import { printable } from '../../printable.ts'
import { InputFields } from './input-fields.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'

type RunProps = {
  links: Links
  instruction: Instruction
  /** What the fields show, by input. */
  texts: Readonly<Record<string, string>>
  problems: readonly Problem[]
  /** What is wrong with none of the fields. */
  notice?: string | undefined
  /** Files were sent along, which a page cannot show again. */
  lostFiles?: boolean
}

/** The form of an instruction, made of what it asks for. */
export const runPage = ({ links, instruction, texts, problems, notice, lostFiles = false }: RunProps) =>
  page({
    links,
    title: `Run ${instruction.name}`,
    here: 'instructions',
    script: 'run.js',
    children: (
      <>
        <h1>{instruction.name}</h1>
        <p>{printable(instruction.description)}</p>
        <p id="notice" class="notice" role="status" hidden={!notice && problems.length === 0}>
          {notice ?? 'Something does not fit; nothing was started.'}
          {lostFiles && ' Choose the files again: a page cannot keep them.'}
        </p>
        <form id="run" class="fields" method="post" action={links.run(instruction.name)} enctype="multipart/form-data">
          <InputFields inputs={instruction.inputs} texts={texts} problems={problems} />
          {instruction.inputs.length === 0 && <p class="muted">It asks for nothing.</p>}
          <button type="submit" class="primary">
            Run
          </button>
        </form>
      </>
    ),
  })
