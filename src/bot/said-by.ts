import { type Part, partsOf, type Said } from '../engine/said.ts'
import { UserError } from '../errors.ts'
import type { QuestionCommand } from './commands.ts'
import { readValues, unquoted } from './quotes.ts'

/** What a command says to its question. Throws a UserError where it does not fit the question's kind or parts. */
export function saidBy(command: QuestionCommand, question: Parameters<typeof partsOf>[0]): Said {
  switch (command.kind) {
    case 'approve': {
      const input = command.input === undefined ? undefined : { ...question.input, command: command.input }
      return { decision: command.forJob ? 'approve-for-job' : 'approve', input }
    }
    case 'deny':
      return { decision: 'deny', reason: command.reason }
    case 'answer': {
      const [, part] = command.id.split('.')
      const parts = partsOf(question)
      const asked = parts[part === undefined ? 0 : Number(part) - 1]
      if (!asked) throw new UserError('This asks for leave: `errand approve <id>` or `errand deny <id>`.')
      if (part === undefined && parts.length > 1)
        throw new UserError(`It asks ${parts.length} things: answer each by its own number, as \`${command.id}.1\`.`)
      return { answers: { [asked.question]: answerTo(asked, command.text) } }
    }
  }
}

/** Several options where several may be chosen, else the text; options are handed in as words. */
function answerTo({ multiSelect, options }: Part, text: string): string {
  const words = multiSelect ? readValues(text) : null
  const labels = options.map(({ label }) => label)
  return words?.every(word => labels.includes(word)) ? words.join(', ') : unquoted(text)
}
