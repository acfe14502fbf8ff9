import type { Child } from 'hono/jsx'
import { CHATS } from '../../chat-config.ts'
import type { InputDefinition } from '../../engine/instructions/inputs.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { momentWords } from '../../engine/schedules/words.ts'
import type { Problem } from '../../errors.ts'
import { MISSED, OVERLAP } from '../../schedule.ts'
import { Field, InputFields } from './input-fields.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'
import type { ScheduleForm } from './schedule-draft.ts'

export type FormProps = {
  links: Links
  instruction: Instruction
  /** What of it the form asks for. */
  inputs: readonly InputDefinition[]
  form: ScheduleForm
  problems: readonly Problem[]
  /** When it would run, once that was asked for. */
  preview: { nextRuns: readonly string[]; timezone: string } | null
  defaultTimezone: string
  /** The schedule that is changed; null: a new one is made. */
  id: string | null
}

const MISSED_MEANS = { skip: 'none is made', once: 'the last one is made', all: 'each is made' }
const OVERLAP_MEANS = { skip: 'it is left out', queue: 'it waits', replace: 'it ends the other', allow: 'it joins it' }

/** A schedule of one instruction, new or changed: first it is shown when it would run, then it can be saved. */
export const scheduleFormPage = (props: FormProps) =>
  page({
    links: props.links,
    title: titleOf(props),
    here: 'schedules',
    children: (
      <>
        <h1>{titleOf(props)}</h1>
        <p class="muted">{props.instruction.description}</p>
        <form class="fields" method="post" action={addressOf(props)}>
          <input type="hidden" name="instruction" value={props.instruction.name} />
          <Times {...props} />
          <h2>What it runs with</h2>
          <InputFields
            inputs={props.inputs}
            texts={props.form.inputs}
            problems={props.problems.map(({ field, message }) => ({ field: field.replace(/^inputs\./, ''), message }))}
          />
          <Behaviour {...props} />
          <Preview {...props} />
        </form>
      </>
    ),
  })

const titleOf = ({ id, instruction }: FormProps): string =>
  id === null ? `Schedule ${instruction.name}` : `Edit the schedule of ${instruction.name}`

const addressOf = ({ id, links }: FormProps): string => (id === null ? links.schedules : links.editSchedule(id))

const problemAt = (problems: readonly Problem[], ...fields: string[]): string | undefined =>
  problems.find(({ field }) => fields.includes(field))?.message

function Times({ form, problems, defaultTimezone }: FormProps) {
  return (
    <>
      <Field
        name="when"
        label="When"
        required
        hint="Five cron fields such as 0 9 * * 1-5, a word such as @daily, in 20m, or at 2026-12-01T09:00"
        problem={problemAt(problems, 'when', 'cron', 'at')}
      >
        <input id="when" name="when" value={form.when} required />
      </Field>
      <Field name="timezone" label="Time zone" problem={problemAt(problems, 'timezone')}>
        <input id="timezone" name="timezone" value={form.timezone} placeholder={defaultTimezone} />
      </Field>
      <Place
        {...{ platform: 'platform', channel: 'channel', label: 'Told in', none: 'no chat', form }}
        problem={problemAt(problems, 'destination')}
      />
    </>
  )
}

type PlaceProps = {
  platform: 'platform' | 'alertPlatform'
  channel: 'channel' | 'alertChannel'
  label: string
  none: string
  form: ScheduleForm
  problem: string | undefined
}

/** A chat and the id of a channel of it. */
const Place = ({ platform, channel, label, none, form, problem }: PlaceProps) => (
  <Field name={platform} label={label} hint="The channel by its id, such as C024" problem={problem}>
    <span class="beside">
      <select id={platform} name={platform}>
        {['', ...CHATS].map(chat => (
          <option value={chat} selected={chat === form[platform]}>
            {chat || none}
          </option>
        ))}
      </select>
      <input name={channel} value={form[channel]} aria-label={`${label}: channel`} />
    </span>
  </Field>
)

function Behaviour({ form, problems }: FormProps) {
  const isOpen = problems.some(({ field }) => !/^(when|cron|at|timezone|destination|inputs\.)/.test(field))
  return (
    <details open={isOpen}>
      <summary>When not everything goes as planned</summary>
      <Choices
        {...{ name: 'missed', label: 'Of runs that were due while no server ran', options: MISSED }}
        {...{ means: MISSED_MEANS, form }}
      />
      <Text name="maxLatenessMinutes" label="Minutes that a run may be late" form={form} problems={problems} />
      <Choices
        {...{ name: 'overlap', label: 'When the run before is still going', options: OVERLAP }}
        {...{ means: OVERLAP_MEANS, form }}
      />
      <Text name="jitterSeconds" label="Seconds by which a run may begin later" form={form} problems={problems} />
      <Text name="endAt" label="Until" hint="Such as 2026-12-31T18:00" form={form} problems={problems} />
      <Text name="alertAfter" label="Failures in a row before somebody is told" form={form} problems={problems} />
      <Place
        {...{ platform: 'alertPlatform', channel: 'alertChannel', label: 'Failures are told in' }}
        {...{ none: 'the same channel', form }}
        problem={problemAt(problems, 'alertTo')}
      />
    </details>
  )
}

type ChoicesProps<T extends string> = {
  name: 'missed' | 'overlap'
  label: string
  options: readonly T[]
  means: Record<T, string>
  form: ScheduleForm
}

const Choices = <T extends string>({ name, label, options, means, form }: ChoicesProps<T>): Child => (
  <Field name={name} label={label}>
    <select id={name} name={name}>
      {options.map(option => (
        <option value={option} selected={option === form[name]}>
          {means[option]}
        </option>
      ))}
    </select>
  </Field>
)

type TextProps = {
  name: 'maxLatenessMinutes' | 'jitterSeconds' | 'endAt' | 'alertAfter'
  label: string
  hint?: string
  form: ScheduleForm
  problems: readonly Problem[]
}

const Text = ({ name, label, hint, form, problems }: TextProps) => (
  <Field name={name} label={label} problem={problemAt(problems, name)} {...(hint && { hint })}>
    <input id={name} name={name} value={form[name]} />
  </Field>
)

function Preview({ preview, problems, id, links }: FormProps) {
  const others = problems.filter(({ field }) => field === 'instruction').map(({ message }) => message)
  return (
    <>
      <div role="status">
        {others.length > 0 && <p class="notice">{others.join(' ').replaceAll('`', '')}</p>}
        {preview && (
          <p class="notice">
            It would run on{' '}
            {preview.nextRuns.map((at, i) => (
              <>
                {i > 0 && '; '}
                <b>{momentWords(at, preview.timezone)}</b>
              </>
            ))}{' '}
            ({preview.timezone}). Nothing is saved yet.
          </p>
        )}
      </div>
      <p class="beside">
        <button type="submit">Show the next runs</button>
        {preview && (
          <button type="submit" name="save" value="1" class="primary">
            Save
          </button>
        )}
        {id !== null && (
          <a class="button" href={links.schedule(id)}>
            Leave it as it is
          </a>
        )}
      </p>
    </>
  )
}
