import type { App } from '@slack/bolt'
import { UserError } from '../../errors.ts'
import type { Platform, Request } from '../platform.ts'
import { BUTTON_ACTIONS, readButton } from './buttons.ts'
import { attached, type Downloads } from './downloads.ts'
import { messagePayload, pressPayload } from './payloads.ts'
import type { People, Self } from './people.ts'
import { type Heard, readCommand, readMessage, readPress } from './requests.ts'
import { escaped } from './text.ts'
import type { Web } from './web.ts'
import type { Whisper } from './whisper.ts'

/** What the listeners hand requests to, and what they need to make them. */
export type Ears = {
  take: Parameters<Platform['start']>[0]
  web: Web
  self: Self
  people: People
  whisper: Whisper
  downloads: Downloads
}

/** Everything of Slack that the bot listens to; `manifest.ts` declares it. */
export function listen(app: App, ears: Ears): void {
  app.command(/^\//, async ({ body, ack }) => {
    const request = await requestOf(readCommand(body), ears)
    const refuse = (text: string) => ack({ response_type: 'ephemeral', text: escaped(text) })
    await taken(
      () => ears.take(request),
      () => ack(),
      refuse,
    )
  })
  app.action(BUTTON_ACTIONS, async ({ body, ack }) => {
    const press = pressPayload.parse(body)
    const [{ action_id: id, value } = { action_id: '', value: '' }] = press.actions
    const button = readButton(id, value)
    if (button?.kind !== 'run') return await ack()
    const request = await requestOf(readPress(press, button.command), ears)
    const refuse = async (text: string) => {
      await ack()
      await ears.whisper.tell(request, text)
    }
    await taken(
      () => ears.take(request),
      () => ack(),
      refuse,
    )
  })
  app.event('app_mention', async ({ event }) => await hear(event, ears))
  app.event('message', async ({ event }) => {
    if ('channel_type' in event && event.channel_type === 'im') await hear(event, ears)
  })
}

/** Acknowledges what was kept; what was not is told to the person instead. */
async function taken(
  take: () => Promise<void>,
  acknowledge: () => Promise<void>,
  refuse: (text: string) => Promise<void>,
): Promise<void> {
  try {
    await take()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return await refuse(error.message)
  }
  await acknowledge()
}

/** What is thrown here is not acknowledged, and Slack sends the message again. */
async function hear(event: unknown, ears: Ears): Promise<void> {
  const { bot_id: bot } = messagePayload.parse(event)
  const heard = readMessage(event, ears.self.user)
  // Another bot is not answered, or the two would go on for ever.
  if (heard === null || (bot && !ears.people.isNamed(heard.user))) return
  await ears.take(await requestOf(heard, ears))
}

async function requestOf(heard: Heard, { people, whisper, downloads }: Ears): Promise<Request> {
  const { user, name, files, responseUrl, trigger: _, ...said } = heard
  const request: Request = {
    ...said,
    actorName: name ?? (await people.nameOf(user)),
    roles: people.rolesOf(user),
    files: files.map(file => attached(file, downloads)),
    admit: () => people.admit(request),
    mayPost: () => people.mayPost(request),
  }
  whisper.bind(request, responseUrl)
  return request
}
