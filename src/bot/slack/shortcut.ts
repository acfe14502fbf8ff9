import type { App } from '@slack/bolt'
import { runnableBy } from '../../engine/instructions/allow.ts'
import { UserError } from '../../errors.ts'
import { askerOf } from '../asker.ts'
import { GONE } from '../controls.ts'
import type { Attachment } from '../drafts.ts'
import { formOf, fromMessage } from '../form.ts'
import { NOTHING_TO_RUN } from '../replies.ts'
import { actorKey, placeKey, refOf, SLACK } from './address.ts'
import { attached } from './downloads.ts'
import { type Ears, openOrTell } from './ears.ts'
import { readField, stateOf } from './fields.ts'
import { CHOOSE, chooseMetadata, chooseView, formView, messageView } from './form.ts'
import { threadFile } from './kept.ts'
import { SHORTCUT } from './manifest.ts'
import { type MessageMenu, messageMenu, sentForm } from './payloads.ts'
import type { Heard } from './requests.ts'
import { typed } from './text.ts'

/** A message that becomes inputs, as it waits for an instruction to be chosen. */
type Given = { text: string; files: readonly Attachment[] }

const TITLE = 'Run with Errand'

/** "Run with Errand": a person chooses an instruction, and its form has the message, its thread and its files in it. */
export function listenToShortcut(app: App, ears: Ears): void {
  app.shortcut(SHORTCUT, async ({ body, ack }) => {
    await ack()
    const menu = messageMenu.parse(body)
    const heard = heardIn(menu)
    const view = await viewFor(menu, heard, ears).catch(error => {
      if (error instanceof UserError) return messageView(TITLE, error.message)
      throw error
    })
    await openOrTell(heard, view, ears)
  })
  app.view(CHOOSE, async ({ body, ack }) => {
    const { view } = sentForm.parse(body)
    const { draft, ...origin } = chooseMetadata.parse(view.private_metadata)
    const chosen = readField(stateOf(view.state.values, 'instruction'))
    const instruction = ears.engine.instructions().byName.get(String(chosen))
    const given = (await ears.controls.read(draft)) as Given | null
    if (!instruction || !given) return await ack({ response_action: 'update', view: messageView(TITLE, GONE) })
    const form = formOf(instruction, fromMessage(given, instruction.inputs))
    await ack({ response_action: 'update', view: await formView(form, origin, ears.controls) })
  })
}

const heardIn = ({ user, channel, message, trigger_id: trigger, response_url: responseUrl }: MessageMenu): Heard => ({
  ...{ key: `menu ${trigger}`, text: '', files: [], trigger, responseUrl: responseUrl ?? null },
  ...{ user: user.id, name: user.username ?? user.name ?? null, actor: actorKey(user.id) },
  place: placeKey(channel.id),
  thread: message.thread_ts === undefined ? null : refOf(channel.id, message.thread_ts),
})

async function viewFor({ channel, message }: MessageMenu, { user, actor, place, responseUrl }: Heard, ears: Ears) {
  const { engine, people, downloads, controls } = ears
  await people.admit({ actor }) // what there is to run is nothing for outsiders either
  const who = await askerOf({ platform: SLACK, actor, actorName: await people.nameOf(user), place }, engine)
  const runnable = runnableBy(engine.instructions(), who)
  if (runnable.length === 0) return messageView(TITLE, NOTHING_TO_RUN)
  const root = message.thread_ts ?? message.ts
  const files = message.files.map(file => attached(file, downloads))
  const thread = message.thread_ts === undefined ? [] : [threadFile(channel.id, root, downloads)]
  const given: Given = { text: typed(message.text), files: [...thread, ...files] }
  return chooseView(
    runnable.map(({ name }) => name),
    { place, thread: refOf(channel.id, root), responseUrl, draft: await controls.keep(given) },
  )
}
