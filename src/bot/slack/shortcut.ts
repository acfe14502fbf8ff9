import type { App } from '@slack/bolt'
import { runnableBy } from '../../engine/instructions/allow.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { askerOf } from '../asker.ts'
import { GONE } from '../controls.ts'
import type { Attachment } from '../drafts.ts'
import type { Form } from '../platform.ts'
import { actorKey, placeKey, refOf, SLACK } from './address.ts'
import { attached } from './downloads.ts'
import type { Ears } from './ears.ts'
import { readField, stateOf } from './fields.ts'
import { CHOOSE, chooseMetadata, chooseView, formView, messageView } from './form.ts'
import { threadFile } from './kept.ts'
import { SHORTCUT } from './manifest.ts'
import { type MessageMenu, messageMenu, sentForm } from './payloads.ts'
import { typed } from './text.ts'

/** A message that becomes inputs, as it waits for an instruction to be chosen. */
type Given = { text: string; files: readonly Attachment[] }

/** "Run with Errand": a person chooses an instruction, and its form has the message, its thread and its files in it. */
export function listenToShortcut(app: App, ears: Ears): void {
  app.shortcut(SHORTCUT, async ({ body, ack }) => {
    await ack()
    const menu = messageMenu.parse(body)
    const trigger = menu.trigger_id
    const view = await viewFor(menu, ears)
    await ears.web.call(`views.open ${trigger}`, client => client.views.open({ trigger_id: trigger, view }))
  })
  app.view(CHOOSE, async ({ body, ack }) => {
    const { view } = sentForm.parse(body)
    const { draft, ...origin } = chooseMetadata.parse(view.private_metadata)
    const chosen = readField(stateOf(view.state.values, 'instruction'))
    const instruction = ears.instructions().byName.get(String(chosen))
    const given = (await ears.controls.read(draft)) as Given | null
    const next = instruction && given && (await formView(formFor(instruction, given), origin, ears.controls))
    await ack({ response_action: 'update', view: next ?? messageView('Run with Errand', GONE) })
  })
}

async function viewFor({ user, channel, message, response_url: responseUrl }: MessageMenu, ears: Ears) {
  const { instructions, people, downloads, controls } = ears
  const actor = actorKey(user.id)
  const place = placeKey(channel.id)
  const who = await askerOf({ platform: SLACK, actor, actorName: await people.nameOf(user.id), place }, ears)
  const runnable = runnableBy(instructions(), who)
  if (runnable.length === 0) return messageView('Run with Errand', 'There is nothing that you may run here.')
  const root = message.thread_ts ?? message.ts
  const files = message.files.map(file => attached(file, downloads))
  const thread = message.thread_ts === undefined ? [] : [threadFile(channel.id, root, downloads)]
  const given: Given = { text: typed(message.text), files: [...thread, ...files] }
  return chooseView(
    runnable.map(({ name }) => name),
    { place, thread: refOf(channel.id, root), responseUrl: responseUrl ?? null, draft: await controls.keep(given) },
  )
}

function formFor({ name, description, inputs }: Instruction, { text, files }: Given): Form {
  const home = inputs.find(({ type }) => type === 'text')?.name
  const folder = inputs.find(input => input.type === 'file')
  const given = folder && files.length > 0 ? { [folder.name]: files.slice(0, folder.max) } : {}
  const values = { ...(home && { [home]: text }), ...given }
  return { instruction: name, title: description || name, inputs, values, problems: [] }
}
