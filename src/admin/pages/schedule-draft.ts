import type { InputDefinition } from '../../engine/instructions/inputs.ts'
import type { ScheduleDraft } from '../../engine/schedules/draft.ts'
import type { ScheduleView } from '../../engine/schedules/view.ts'
import { DEFAULT_POLICY } from '../../schedule.ts'
import { filled, sentTexts, textsOf } from './input-form.ts'

/** What a form for a schedule holds, as it was typed. */
export type ScheduleForm = {
  instruction: string
  when: string
  timezone: string
  platform: string
  channel: string
  missed: string
  overlap: string
  maxLatenessMinutes: string
  jitterSeconds: string
  endAt: string
  alertAfter: string
  alertPlatform: string
  alertChannel: string
  /** As text, by name. */
  inputs: Readonly<Record<string, string>>
}

/** A form as it is opened: everything as usual. */
export const newForm = (instruction: string, inputs: readonly InputDefinition[]): ScheduleForm => ({
  ...{ instruction, when: '', timezone: '', platform: '', channel: '', endAt: '', alertPlatform: '', alertChannel: '' },
  missed: DEFAULT_POLICY.missed,
  overlap: DEFAULT_POLICY.overlap,
  maxLatenessMinutes: String(DEFAULT_POLICY.maxLatenessMinutes),
  jitterSeconds: String(DEFAULT_POLICY.jitterSeconds),
  alertAfter: String(DEFAULT_POLICY.alertAfter),
  inputs: textsOf(inputs),
})

/** The form of a schedule that there is. */
export function formOf(view: ScheduleView, inputs: readonly InputDefinition[]): ScheduleForm {
  const { instruction, cron, at, timezone, endAt, destination, policy } = view
  const [, platform = '', ...channel] = destination?.split(':') ?? []
  const [, alertPlatform = '', ...alertChannel] = policy.alertTo?.split(':') ?? []
  return {
    ...{ instruction, timezone, platform, alertPlatform },
    when: cron ?? (at === null ? '' : `at ${localIn(at, timezone)}`),
    endAt: endAt === null ? '' : localIn(endAt, timezone),
    ...{ channel: channel.join(':'), alertChannel: alertChannel.join(':') },
    ...{ missed: policy.missed, overlap: policy.overlap },
    maxLatenessMinutes: String(policy.maxLatenessMinutes),
    jitterSeconds: String(policy.jitterSeconds),
    alertAfter: String(policy.alertAfter),
    inputs: textsOf(inputs, view.inputs),
  }
}

/** As it is typed: `2026-12-01T09:00`, with seconds where there are any. */
const localIn = (at: string, timezone: string): string =>
  new Date(at).toLocaleString('sv', { timeZone: timezone }).replace(' ', 'T').replace(/:00$/, '')

/** Reads a form that was sent; `inputs` are those of the instruction that are no files. */
export function readForm(sent: URLSearchParams, inputs: readonly InputDefinition[]): ScheduleForm {
  const empty = newForm(sent.get('instruction') ?? '', inputs)
  const given = Object.entries(empty).map(([name, usual]) => [name, sent.get(name)?.trim() ?? usual])
  return { ...(Object.fromEntries(given) as ScheduleForm), inputs: sentTexts(inputs, Object.fromEntries(sent)) }
}

/** The draft that a form asks for; numbers that are none are left to the check. */
export const draftOf = (form: ScheduleForm): ScheduleDraft => ({
  instruction: form.instruction,
  inputs: filled(form.inputs),
  when: form.when,
  timezone: form.timezone || undefined,
  endAt: form.endAt || null,
  destination: placeOf(form.platform, form.channel),
  missed: form.missed as NonNullable<ScheduleDraft['missed']>,
  overlap: form.overlap as NonNullable<ScheduleDraft['overlap']>,
  maxLatenessMinutes: Number(form.maxLatenessMinutes || Number.NaN),
  jitterSeconds: Number(form.jitterSeconds || Number.NaN),
  alertAfter: Number(form.alertAfter || Number.NaN),
  alertTo: placeOf(form.alertPlatform, form.alertChannel),
})

const placeOf = (platform: string, channel: string): string | null =>
  platform === '' ? null : `channel:${platform}:${channel.replace(/^#/, '')}`
