import type { App } from '@slack/bolt'
import { GONE } from '../controls.ts'
import { type Asked, BUTTON_ACTIONS, readButton } from './buttons.ts'
import { type Ears, openOrTell, requestOf, takeOrTell } from './ears.ts'
import { askView } from './form.ts'
import { revivedValues } from './kept.ts'
import { messagePayload, type Press, pressPayload } from './payloads.ts'
import { readCommand, readMessage, readPress } from './requests.ts'
import { listenToShortcut } from './shortcut.ts'
import { listenToForms } from './submissions.ts'
import { escaped } from './text.ts'

/** Everything of Slack that the bot listens to; `manifest.ts` declares it. */
export function listen(app: App, ears: Ears): void {
  app.command(/^\//, async ({ body, ack }) => {
    const request = await requestOf(readCommand(body), ears)
    const refuse = (text: string) => ack({ response_type: 'ephemeral', text: escaped(text) })
    await takeOrTell(ears, request, () => ack(), refuse)
  })
  app.action(BUTTON_ACTIONS, async ({ body, ack }) => {
    const press = pressPayload.parse(body)
    const [{ action_id: id, value } = { action_id: '', value: '' }] = press.actions
    const button = await readButton(id, value, ears.controls)
    if (button?.kind === 'ask') {
      await ack()
      return await ask(press, button.ask, ears)
    }
    const heard = readPress(press, button?.command ?? '')
    const values = button?.values && revivedValues(button.values, ears.downloads)
    const request = await requestOf({ ...heard, ...(values && { values }) }, ears)
    const refuse = async (text: string) => {
      await ack()
      await ears.whisper.tell(request, text)
    }
    if (button === null) return await refuse(GONE)
    await takeOrTell(ears, request, () => ack(), refuse)
  })
  listenToForms(app, ears)
  listenToShortcut(app, ears)
  app.event('app_mention', async ({ event }) => await hear(event, ears))
  app.event('message', async ({ event }) => {
    if ('channel_type' in event && event.channel_type === 'im') await hear(event, ears)
  })
}

async function ask(press: Press, asked: Asked, ears: Ears): Promise<void> {
  const heard = readPress(press, asked.command)
  const { place, thread, responseUrl } = heard
  await openOrTell(heard, askView(asked, { place, thread, responseUrl }), ears)
}

/** What is thrown here is not acknowledged, and Slack sends the message again. */
async function hear(event: unknown, ears: Ears): Promise<void> {
  const { bot_id: bot } = messagePayload.parse(event)
  const heard = readMessage(event, ears.self.user)
  // Another bot is not answered, or the two would go on for ever.
  if (heard === null || (bot && !ears.people.isNamed(heard.user))) return
  await ears.take(await requestOf(heard, ears))
}
