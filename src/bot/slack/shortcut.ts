import type { App } from '@slack/bolt'
import { mayRun } from '../../engine/instructions/allow.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { cut } from '../../words.ts'
import type { Form } from '../platform.ts'
import { actorKey, placeKey, refOf } from './address.ts'
import type { Ears } from './ears.ts'
import { readField, stateOf } from './fields.ts'
import { CHOOSE, chooseMetadata, chooseView, formView, messageView } from './form.ts'
import { keepFile, keepThread } from './kept.ts'
import { SHORTCUT } from './manifest.ts'
import { type MessageMenu, messageMenu, sentForm } from './payloads.ts'
import { typed } from './text.ts'

/** How much of a message a form carries; the whole of it stands in the thread's file. */
const TEXT_CHARS = 1200
const FILES = 9

/** "Run with Errand": a person chooses an instruction, and its form has the message, its thread and its files in it. */
export function listenToShortcut(app: App, ears: Ears): void {
  app.shortcut(SHORTCUT, async ({ body, ack }) => {
    await ack()
    const menu = messageMenu.parse(body)
    const trigger = menu.trigger_id
    await ears.web.call(`views.open ${trigger}`, client =>
      client.views.open({ trigger_id: trigger, view: viewFor(menu, ears) }),
    )
  })
  app.view(CHOOSE, async ({ body, ack }) => {
    const { view } = sentForm.parse(body)
    const { text, files, ...origin } = chooseMetadata.parse(view.private_metadata)
    const chosen = readField(stateOf(view.state.values, 'instruction'))
    const instruction = ears.instructions().byName.get(String(chosen))
    if (!instruction) return await ack()
    await ack({ response_action: 'update', view: formView(formFor(instruction, text, files), origin) })
  })
}

function viewFor({ user, channel, message, response_url: responseUrl }: MessageMenu, { instructions, people }: Ears) {
  const place = placeKey(channel.id)
  const who = { actor: actorKey(user.id), roles: people.rolesOf(user.id), place }
  const runnable = [...instructions().byName.values()].filter(instruction => mayRun(instruction, who))
  if (runnable.length === 0) return messageView('Run with Errand', 'There is nothing that you may run here.')
  const root = message.thread_ts ?? message.ts
  const text = typed(message.text)
  const isMore = message.thread_ts !== undefined || text.length > TEXT_CHARS
  const files = [...message.files.slice(0, FILES).map(keepFile), ...(isMore ? [keepThread(channel.id, root)] : [])]
  const origin = { place, thread: refOf(channel.id, root), responseUrl: responseUrl ?? null }
  return chooseView(
    runnable.map(({ name }) => name),
    { ...origin, text: cut(text, TEXT_CHARS), files: files.join('\n') },
  )
}

function formFor({ name, description, inputs }: Instruction, text: string, files: string): Form {
  const home = inputs.find(({ type }) => type === 'text')?.name
  const folder = inputs.find(({ type }) => type === 'file')?.name
  const values = { ...(home && { [home]: text }), ...(folder && files && { [folder]: files }) }
  return { instruction: name, title: description || name, inputs, values, problems: [] }
}
