import type { types } from '@slack/bolt'
import { UserError } from '../../errors.ts'
import type { Controls } from '../controls.ts'
import type { Form, Platform, Request } from '../platform.ts'
import type { PlatformDeps } from '../platform-deps.ts'
import { attached, type Downloads } from './downloads.ts'
import { findPlace } from './find-place.ts'
import { formView } from './form.ts'
import type { People, Self } from './people.ts'
import type { Heard } from './requests.ts'
import { slackReason, type Web } from './web.ts'
import type { Whisper } from './whisper.ts'

/** What the listeners hand requests to, and what they need to make them. */
export type Ears = {
  take: Parameters<Platform['start']>[0]
  web: Web
  self: Self
  people: People
  whisper: Whisper
  downloads: Downloads
  engine: PlatformDeps['engine']
  controls: Controls
}

/** A request, with what can be done in answer to it. */
export async function requestOf(heard: Heard, { web, people, whisper, downloads, controls }: Ears): Promise<Request> {
  const { user, name, files, channels, responseUrl, trigger, ...said } = heard
  const openForm = async (form: Form) => {
    const { place, thread } = said
    await openView(web, trigger ?? '', await formView(form, { place, thread, responseUrl }, controls))
  }
  const request: Request = {
    ...said,
    actorName: name ?? (await people.nameOf(user)),
    files: files.map(file => attached(file, downloads)),
    admit: () => people.admit(request),
    mayPost: () => people.mayPost(request),
    findPlace: name => findPlace(request, channels?.get(name) ?? name, { web, people }),
    ...(trigger !== null && { openForm }),
  }
  whisper.bind(request, responseUrl)
  return request
}

/** Opens a form in answer to what was heard; where Slack does not, the person is told so. */
export async function openOrTell(heard: Heard, view: types.ModalView, ears: Ears): Promise<void> {
  try {
    await openView(ears.web, heard.trigger ?? '', view)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    await ears.whisper.tell(await requestOf(heard, ears), error.message)
  }
}

/** Opens a form. Throws a UserError where Slack does not, as after the three seconds that it gives. */
async function openView(web: Web, trigger: string, view: types.ModalView): Promise<void> {
  try {
    await web.call(`views.open ${trigger}`, client => client.views.open({ trigger_id: trigger, view }))
  } catch (cause) {
    throw new UserError(`The form did not open (${slackReason(cause)}); nothing was started. Try again.`, { cause })
  }
}

/** Acknowledges what was kept; what was not is told to the person instead. */
export async function takeOrTell(
  { take }: Ears,
  request: Request,
  acknowledge: () => Promise<void>,
  refuse: (text: string) => Promise<void>,
): Promise<void> {
  try {
    await take(request)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return await refuse(error.message)
  }
  await acknowledge()
}
