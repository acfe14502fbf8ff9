import type { App } from '@slack/bolt'
import { checkInputs } from '../../engine/instructions/check-inputs.ts'
import type { InputDefinition } from '../../engine/instructions/inputs.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { brokenWords } from '../../engine/instructions/runnable.ts'
import type { Problem } from '../../errors.ts'
import { GONE } from '../controls.ts'
import type { Values } from '../drafts.ts'
import { dropId, type Filled, filledIn, formOf } from '../form.ts'
import { quoteValue } from '../quotes.ts'
import { actorKey } from './address.ts'
import { attached } from './downloads.ts'
import { type Ears, requestOf, takeOrTell } from './ears.ts'
import { readField, stateOf } from './fields.ts'
import { ASK, askMetadata, FORM, formMetadata, formView, messageView, type Origin } from './form.ts'
import { revivedValues } from './kept.ts'
import { type SentForm, sentForm } from './payloads.ts'

/** Listens to the forms that come back. What does not fit is said at its field, before anything is taken. */
export function listenToForms(app: App, ears: Ears): void {
  app.view(FORM, async ({ body, ack }) => {
    const sent = sentForm.parse(body)
    const { instruction, inputs, draft, ...origin } = formMetadata.parse(sent.view.private_metadata)
    const definition = ears.engine.instructions().byName.get(instruction)
    const refuse = (text: string) => ack({ response_action: 'update', view: messageView(instruction, text) })
    const kept = draft === null ? {} : ((await ears.controls.read(draft)) as Values | null)
    if (kept === null) return await refuse(GONE)
    // Said in the form: what was typed stays there until the file is mended.
    const broken = brokenWords(instruction, ears.engine.instructions())
    const [field] = Object.keys(sent.view.state.values)
    if (broken && field) return await ack({ response_action: 'errors', errors: { [field]: broken } })
    const values = readValues(sent, kept, ears)
    const problems = definition ? problemsOf(definition, values) : []
    if (definition && problems.length > 0)
      return await ack(
        isFormOf(definition, inputs)
          ? { response_action: 'errors', errors: Object.fromEntries(problems.map(p => [p.field, p.message])) }
          : {
              response_action: 'update',
              view: await formView(formOf(definition, values, problems), origin, ears.controls),
            },
      )
    const request = await requestOf({ ...heardIn(sent, origin), text: instruction, values }, ears)
    await takeOrTell(ears, request, () => ack(), refuse)
  })
  app.view(ASK, async ({ body, ack }) => {
    const sent = sentForm.parse(body)
    const { command, ...origin } = askMetadata.parse(sent.view.private_metadata)
    const { values } = sent.view.state
    const chosen = stateOf(values, 'options')?.selected_options?.map(({ value }) => value) ?? []
    const text = readField(stateOf(values, 'text'))
    const words = [...chosen, ...(typeof text === 'string' ? [text] : [])].map(quoteValue)
    const refuse = (why: string) => ack({ response_action: 'update', view: messageView('Errand', why) })
    const request = await requestOf({ ...heardIn(sent, origin), text: [command, ...words].join(' ') }, ears)
    await takeOrTell(ears, request, () => ack(), refuse)
  })
}

const heardIn = ({ user, view, trigger_id: trigger }: SentForm, { place, thread, responseUrl }: Origin) => ({
  ...{ key: `form ${view.id}`, user: user.id, name: user.username ?? user.name ?? null, actor: actorKey(user.id) },
  ...{ place, thread, responseUrl, files: [], trigger: trigger ?? null },
})

/** By the names of the form's own fields: the instruction may have changed since it was opened. */
function readValues({ view }: SentForm, kept: Values, { downloads }: Ears): Record<string, unknown> {
  const { values } = view.state
  const fields = Object.keys(values).map((name): [string, Filled] => {
    const value = readField(stateOf(values, name))
    const isDropped = stateOf(values, dropId(name))?.selected_options?.length
    const given = typeof value === 'object' ? value.map(file => attached(file, downloads)) : value
    return [name, { value: given, keeps: !isDropped }]
  })
  return filledIn(revivedValues(kept, downloads), new Map(fields))
}

/** One sentence a field; a file that was kept is opened, and checked, when the job is made. */
function problemsOf({ inputs }: Instruction, values: Values): readonly Problem[] {
  const isKept = ({ name, type }: InputDefinition) => type === 'file' && typeof values[name] === 'string'
  const kept = inputs.filter(isKept).map(({ name }) => name)
  const given = Object.entries(values).filter(([name]) => !kept.includes(name))
  const checked = checkInputs(
    inputs.filter(input => !isKept(input)),
    Object.fromEntries(given),
  )
  return checked.ok ? [] : checked.problems
}

/** True while the fields of a form are the inputs of its instruction: otherwise a problem may have no field there. */
const isFormOf = ({ inputs }: Instruction, names: readonly string[]): boolean =>
  inputs.length === names.length && inputs.every(({ name }) => names.includes(name))
