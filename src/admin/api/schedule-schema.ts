import { z } from '@hono/zod-openapi'
import { CHATS } from '../../chat-config.ts'
import type { ScheduleDraft } from '../../engine/schedules/draft.ts'
import type { Schedules } from '../../engine/schedules/schedules.ts'
import type { ScheduleView } from '../../engine/schedules/view.ts'
import { JOB_STATUSES } from '../../job.ts'
import { MISSED, OVERLAP, TICK_STATES } from '../../schedule.ts'

const time = z.string().openapi({ example: '2026-12-01T08:00:00.000Z' })
const aTime = z
  .string()
  .openapi({ description: 'In the zone of the schedule, or with a zone of its own.', example: '2026-12-01T09:00' })

/** A place of a chat. */
const place = z
  .strictObject({
    platform: z.enum(CHATS),
    channel: z.string().regex(/^\S+$/, 'must be the id of a channel').openapi({ example: 'C024' }),
  })
  .openapi('Channel')

const fields = {
  instruction: z.string().openapi({ example: 'brief' }),
  inputs: z.record(z.string(), z.unknown()).openapi({ example: { topic: 'Winter tyres' } }),
  cron: z
    .string()
    .nullable()
    .openapi({ description: 'Five fields, or a word such as @daily.', example: '0 9 * * 1-5' }),
  timezone: z.string().openapi({ description: 'DEFAULT_TIMEZONE unless given.', example: 'Europe/Berlin' }),
  destination: place.nullable().openapi({ description: 'Where its jobs have their card and thread; null: nowhere.' }),
  enabled: z.boolean(),
  jitterSeconds: z.number().int().openapi({ description: 'Each run begins up to so much later, at most 3600.' }),
  missed: z.enum(MISSED).openapi({ description: 'What becomes of runs that were due while no server ran.' }),
  overlap: z.enum(OVERLAP).openapi({ description: 'What a run does that finds the one before still going.' }),
  maxLatenessMinutes: z.number().int().openapi({ description: 'A run that could only begin later is not made.' }),
  alertAfter: z.number().int().openapi({ description: 'After so many failures in a row somebody is told.' }),
  alertTo: place.nullable().openapi({ description: 'Who is told: this channel, or else that of its jobs.' }),
}

/** What makes a schedule; what is left out is as usual. */
export const scheduleDraft = z
  .strictObject({
    ...fields,
    inputs: fields.inputs.default({}),
    when: z.string().openapi({
      description: 'As people write it, in the place of `cron` and `at`: also `in 20m` and `at 2026-12-01T09:00`.',
      example: 'in 20m',
    }),
    at: aTime.nullable().openapi({ description: 'Once, in the place of `cron`.' }),
    endAt: aTime.nullable(),
  })
  .partial({
    ...{
      when: true,
      cron: true,
      at: true,
      endAt: true,
      timezone: true,
      destination: true,
      enabled: true,
      jitterSeconds: true,
    },
    ...{ missed: true, overlap: true, maxLatenessMinutes: true, alertAfter: true, alertTo: true },
  })

/** What may be changed of a schedule. */
export const scheduleChange = scheduleDraft.extend({ inputs: fields.inputs }).partial()

/** A draft as it was checked, with when it would run. */
export const checkedSchedule = z
  .object({ ...fields, at: time.nullable(), endAt: time.nullable() })
  .omit({ enabled: true })
  .extend({ nextRuns: z.array(time).openapi({ description: 'At most three.' }) })
  .openapi('ScheduleDryRun')

/** A schedule as the API gives it. */
export const schedule = checkedSchedule
  .extend({
    id: z.string().openapi({ example: 'k3x9m2p4' }),
    title: z.string().openapi({ example: 'Winter tyres' }),
    enabled: z.boolean(),
    pausedBecause: z.string().nullable(),
    lastRunAt: time.nullable(),
    failuresInARow: z.number().int(),
    place: z.string().openapi({ description: 'Where its jobs belong.', example: 'channel:slack:C024' }),
    madeBy: z.object({ actor: z.string(), name: z.string() }),
    createdAt: time,
  })
  .openapi('Schedule')
export type ApiSchedule = z.infer<typeof schedule>

/** What became of a due time. */
export const scheduledRun = z
  .object({
    due: time,
    state: z.enum(TICK_STATES),
    note: z.string().nullable().openapi({ description: 'Why, where it was not made or failed.' }),
    job: z.string().nullable().openapi({ example: '4x7k2m9q' }),
    status: z.enum(JOB_STATUSES).nullable().openapi({ description: 'How its job stands now.' }),
    byHand: z.boolean(),
  })
  .openapi('ScheduledRun')

/** What was sent, as the engine takes it. */
export function draftOf<T extends z.infer<typeof scheduleChange>>({ destination, alertTo, ...rest }: T) {
  return {
    ...rest,
    ...(destination !== undefined && { destination: keyOf(destination) }),
    ...(alertTo !== undefined && { alertTo: keyOf(alertTo) }),
  } as Partial<ScheduleDraft>
}

/** A schedule as the API gives it. */
export function scheduleJson(view: ScheduleView): ApiSchedule {
  const { id, title, enabled, pausedBecause, lastRunAt, failuresInARow, place, maker, createdAt } = view
  return {
    ...{ id, title, enabled, pausedBecause, lastRunAt, failuresInARow, place, createdAt },
    ...checkedJson({ ...view }),
    madeBy: { actor: maker.actor, name: maker.actorName },
  }
}

type Checked = Omit<Awaited<ReturnType<Schedules['preview']>>, 'title'>

/** A checked draft as the API gives it. */
export function checkedJson({ policy, destination, nextRuns, inputs, ...draft }: Checked) {
  const { instruction, cron, at, timezone, endAt } = draft
  return {
    ...{ instruction, inputs: { ...inputs }, cron, at, timezone, endAt, nextRuns },
    ...{ ...policy, alertTo: channelOf(policy.alertTo), destination: channelOf(destination) },
  }
}

const keyOf = (given: z.infer<typeof place> | null): string | null =>
  given && `channel:${given.platform}:${given.channel}`

function channelOf(key: string | null): z.infer<typeof place> | null {
  if (key === null) return null
  const [, platform, ...channel] = key.split(':')
  return { platform: platform as z.infer<typeof place>['platform'], channel: channel.join(':') }
}
