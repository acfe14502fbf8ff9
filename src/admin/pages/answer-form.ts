import type { Said } from '../../engine/said.ts'
import type { QuestionView } from '../../engine/view.ts'

/** The fields of the forms that answer a question. */
export const NAMES = {
  question: 'question',
  decision: 'decision',
  reason: 'reason',
  command: 'command',
  choice: (part: number) => `choice${part}`,
  words: (part: number) => `words${part}`,
}

/**
 * What a form says to its question, which is as its page showed it. `input` is what the call really holds: a command
 * that was not changed is approved as it is, with what the page does not show of it.
 */
export function saidByForm(form: URLSearchParams, question: QuestionView, input: QuestionView['input']): Said {
  const decision = form.get(NAMES.decision)
  if (decision === 'approve' || decision === 'approve-for-job' || decision === 'deny') {
    const command = textOf(form, NAMES.command)
    const isChanged = command !== '' && command !== question.input.command
    return {
      decision,
      ...(textOf(form, NAMES.reason) !== '' && { reason: textOf(form, NAMES.reason) }),
      ...(isChanged && { input: { ...input, command } }),
    }
  }
  const answers = question.parts.map(({ question, multiSelect }, part) => {
    const words = textOf(form, NAMES.words(part))
    // A single choice cannot be taken back: who writes another answer means that one.
    const chosen = multiSelect || words === '' ? form.getAll(NAMES.choice(part)) : []
    return [question, [...chosen, words].filter(Boolean).join(', ')] as const
  })
  return { answers: Object.fromEntries(answers.filter(([, answer]) => answer !== '')) }
}

/** A browser sends line breaks as CR LF, which a shell takes for a part of a word. */
const textOf = (form: URLSearchParams, name: string): string => (form.get(name) ?? '').replaceAll('\r\n', '\n').trim()
