import type { App } from '@slack/bolt'
import { checkInputs } from '../../engine/instructions/check-inputs.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { GONE } from '../controls.ts'
import type { Values } from '../drafts.ts'
import { quoteValue } from '../quotes.ts'
import { actorKey } from './address.ts'
import { attached } from './downloads.ts'
import { type Ears, requestOf, takeOrTell } from './ears.ts'
import { dropId, readField, stateOf } from './fields.ts'
import { ASK, askMetadata, FORM, formMetadata, messageView, type Origin } from './form.ts'
import { revivedValues } from './kept.ts'
import { type SentForm, sentForm } from './payloads.ts'

/** Listens to the forms that come back. What does not fit is said at its field, before anything is taken. */
export function listenToForms(app: App, ears: Ears): void {
  app.view(FORM, async ({ body, ack }) => {
    const sent = sentForm.parse(body)
    const { instruction, draft, ...origin } = formMetadata.parse(sent.view.private_metadata)
    const definition = ears.instructions().byName.get(instruction)
    const refuse = (text: string) => ack({ response_action: 'update', view: messageView(instruction, text) })
    const kept = draft === null ? {} : ((await ears.controls.read(draft)) as Values | null)
    if (kept === null) return await refuse(GONE)
    const values = definition ? readValues(definition, sent, kept, ears) : {}
    const problems = definition ? problemsOf(definition, values) : {}
    if (Object.keys(problems).length > 0) return await ack({ response_action: 'errors', errors: problems })
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

function readValues(
  { inputs }: Instruction,
  { view }: SentForm,
  kept: Values,
  { downloads }: Ears,
): Record<string, unknown> {
  const before = revivedValues(kept, downloads)
  const filled = inputs.map(({ name }): [string, unknown] => {
    const value = readField(stateOf(view.state.values, name))
    const isDropped = stateOf(view.state.values, dropId(name))?.selected_options?.length
    if (value === undefined) return [name, isDropped ? undefined : before[name]]
    return [name, typeof value === 'string' ? value : value.map(file => attached(file, downloads))]
  })
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined))
}

/** One sentence a field; a file that was kept is opened, and checked, when the job is made. */
function problemsOf({ inputs }: Instruction, values: Readonly<Record<string, unknown>>): Record<string, string> {
  const typed = inputs.filter(({ name, type }) => type !== 'file' || typeof values[name] !== 'string')
  const given = Object.fromEntries(typed.flatMap(({ name }) => (name in values ? [[name, values[name]]] : [])))
  const checked = checkInputs(typed, given)
  return checked.ok ? {} : Object.fromEntries(checked.problems.map(({ field, message }) => [field, message]))
}
