import type { Run, ScheduleView } from '../../engine/schedules/view.ts'
import { scheduleMark, standWords, stateOf, timingWords } from '../../engine/schedules/words.ts'
import { printable } from '../../printable.ts'
import { Paging } from './filters.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'

/** A schedule with what became of its last runs. */
export type Scheduled = { view: ScheduleView; runs: readonly Run[] }

type SchedulesProps = {
  links: Links
  schedules: readonly Scheduled[]
  /** Names to choose from. */
  instructions: readonly string[]
  next: string | null
  further: boolean
}

/** All schedules, and the way to a new one. */
export const schedulesPage = ({ links, schedules, instructions, next, further }: SchedulesProps) =>
  page({
    links,
    title: 'Schedules',
    here: 'schedules',
    children: (
      <>
        <h1>Schedules</h1>
        {instructions.length > 0 && (
          <form class="filters" action={links.newSchedule}>
            <select name="instruction" aria-label="Instruction">
              {instructions.map(name => (
                <option value={name}>{name}</option>
              ))}
            </select>
            <button type="submit">Schedule it</button>
          </form>
        )}
        {schedules.length === 0 && (
          <p class="empty">
            Nothing is scheduled yet. Choose an instruction, or type <code>errand schedule add</code> in the chat.
          </p>
        )}
        {schedules.length > 0 && (
          <ol class="jobs schedules">
            {schedules.map(scheduled => (
              <Row {...scheduled} links={links} />
            ))}
          </ol>
        )}
        <Paging href={links.schedules} query={{}} next={next} further={further} />
      </>
    ),
  })

function Row({ view, runs, links }: Scheduled & { links: Links }) {
  return (
    <li>
      <ScheduleMark view={view} />
      <a class="subject" href={links.schedule(view.id)} data-row="">
        <span class="muted">{view.instruction}</span> {view.title === view.instruction ? '' : printable(view.title)}
      </a>
      <span class="note">
        {plain(timingWords(view))} · {printable(standWords(view))}
      </span>
      <span class="num">{rateWords(runs)}</span>
      <span class="who">{printable(view.maker.actorName)}</span>
    </li>
  )
}

/** How a schedule stands, by a shape and a word. */
export function ScheduleMark({ view }: { view: ScheduleView }) {
  const [shape = '', ...word] = scheduleMark(view).split(' ')
  const colour = word[0] === 'failing' ? 'failed' : stateOf(view) === 'on' ? 'running' : ''
  return (
    <span class={`mark ${colour}`}>
      <span aria-hidden="true">{shape}</span> <span class="word">{word.join(' ')}</span>
    </span>
  )
}

/** Words without the marks of code, for a page. */
export const plain = (words: string): string => words.replaceAll('`', '')

/** How many of the last runs succeeded; empty while none has ended. */
export function rateWords(runs: readonly Run[]): string {
  const ended = runs.filter(({ state }) => state === 'succeeded' || state === 'failed')
  if (ended.length === 0) return ''
  const good = ended.filter(({ state }) => state === 'succeeded').length
  return `${good} of ${ended.length} succeeded`
}
