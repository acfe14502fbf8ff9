import { mayRead } from '../engine/access.ts'
import { subject } from '../engine/card-words.ts'
import type { Engine } from '../engine/engine.ts'
import type { ScheduleDraft } from '../engine/schedules/draft.ts'
import type { ScheduleView } from '../engine/schedules/view.ts'
import { dryRunText, removedText, scheduleLine } from '../engine/schedules/words.ts'
import { UserError } from '../errors.ts'
import type { Person } from '../job.ts'
import type { Reply } from './answering.ts'
import type { Request } from './platform.ts'
import type { ScheduleCommand } from './schedule-command.ts'

const SHOWN = 20

type Answering = { engine: Pick<Engine, 'schedules' | 'asking'>; person: Person }
type Draft = Extract<ScheduleCommand, { verb: 'add' | 'save' }>

/** Does what was asked of schedules, and says what became of it. Throws UserErrors. */
export async function answerSchedule(command: ScheduleCommand, request: Request, deps: Answering): Promise<Reply> {
  const { schedules } = deps.engine
  const { person } = deps
  switch (command.verb) {
    case 'list':
      return { text: listText(await schedules.list({ limit: SHOWN, seenBy: person })) }
    case 'add':
      return await preview(command, request, deps)
    case 'save': {
      const view = await schedules.add(await placed(command, request), person)
      return { text: `Saved.\n${scheduleLine(view)}\n\`errand schedule remove ${view.id}\` takes it out again.` }
    }
    case 'remove': {
      const view = await seen(command.id, deps)
      await schedules.remove(view.id, person)
      return { text: removedText(view) }
    }
    case 'run': {
      const view = await seen(command.id, deps)
      const job = await schedules.run(view.id, person)
      return { text: `${subject(view)} runs now as job ${job}. \`errand status ${job}\` shows how it goes.` }
    }
    case 'pause':
    case 'resume': {
      const { id } = await seen(command.id, deps)
      return { text: scheduleLine(await schedules.change(id, { enabled: command.verb === 'resume' }, person)) }
    }
  }
}

/** When it would run, and the command that keeps it. */
async function preview(command: Draft, request: Request, { engine, person }: Answering): Promise<Reply> {
  const draft = await placed(command, request)
  const checked = await engine.schedules.preview(draft, person)
  const where = draft.destination === request.place ? 'here' : `in \`${draft.destination}\``
  const text = dryRunText(`${subject(checked)} would run ${where},`, checked)
  // With keys in the place of channels' names: a button hands in the words alone, without what a chat knows of them.
  const { lead, body } = command.typed
  const alert = draft.alertTo === null ? [] : [`alert-in=${draft.alertTo}`]
  const saves = ['schedule save', lead, ...alert, body, `in ${draft.destination}`].join(' ')
  return { text, actions: [{ label: 'Save', command: saves, style: 'primary' }] }
}

/** The draft with its places as keys. */
async function placed({ draft, channel, alertChannel }: Draft, request: Request): Promise<Placed> {
  const destination = channel === null ? request.place : await placeNamed(channel, request)
  if (destination === request.place) await request.mayPost?.()
  return { ...draft, destination, alertTo: alertChannel === null ? null : await placeNamed(alertChannel, request) }
}

type Placed = ScheduleDraft & { destination: string; alertTo: string | null }

async function placeNamed(name: string, request: Request): Promise<string> {
  if (name === request.place) return name
  if (request.findPlace) return await request.findPlace(name)
  throw new UserError('There is no other channel here: leave out the `in …` at the end.')
}

/** A schedule of another place is not told apart from one that does not exist. */
async function seen(id: string, { engine, person }: Answering): Promise<ScheduleView> {
  const view = await engine.schedules.one(id)
  if (view && mayRead({ actor: view.maker.actor, place: view.place }, await engine.asking(person))) return view
  throw new UserError(`There is no schedule \`${id}\` here. \`errand schedule list\` shows them.`)
}

function listText({ schedules, next }: Awaited<ReturnType<Engine['schedules']['list']>>): string {
  if (schedules.length === 0)
    return 'Nothing is scheduled here yet. `errand schedule add "0 9 * * 1-5" <instruction> …` makes a schedule.'
  const more = next ? ['There are more; the admin page lists them all.'] : []
  return [...schedules.map(scheduleLine), ...more].join('\n')
}
