import { z } from 'zod'
import { type ApiSchedule, checkedSchedule, schedule, scheduledRun } from '../admin/api/schedule-schema.ts'
import { jobsText } from '../bot/replies.ts'
import { noFile } from '../engine/schedules/draft.ts'
import { dryRunText, momentWords, removedText, scheduleLine } from '../engine/schedules/words.ts'
import { UserError } from '../errors.ts'
import { posting } from './client.ts'
import { readInputs, readInstruction } from './inputs.ts'
import { readJob } from './job.ts'
import type { Options, Remote, Verb } from './verb.ts'

const page = z.object({ schedules: z.array(schedule), nextCursor: z.string().nullable() })
const history = z.object({ runs: z.array(scheduledRun) })

type Act = (remote: Remote, words: readonly string[], options: Options) => Promise<void>

export const schedules: Verb = {
  name: 'schedules',
  args: '[action] [words...]',
  about:
    'what runs by itself. Actions: list, add <when> <instruction> [inputs...], show, pause, resume, run, remove <id>',
  options: [
    ['--save', 'keeps what `add` else only shows'],
    ['--tz <zone>', 'the time zone, such as Europe/Berlin'],
    ['--in <place>', 'the channel that is told, such as slack:C024'],
    ['--missed <what>', 'of missed runs: skip, once or all'],
    ['--overlap <what>', 'when the run before is still going: skip, queue, replace or allow'],
    ['--late <minutes>', 'how late a run may be'],
    ['--jitter <seconds>', 'by how much a run may begin later'],
    ['--until <time>', 'the last moment'],
    ['--alert <n>', 'after how many failures in a row somebody is told'],
    ['--alert-in <place>', 'the channel that is told of them'],
    ['--json', 'as JSON, as the API gives it'],
  ],
  act: async (remote, [action = 'list', ...words], options) => {
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
    if (!act) throw new UserError(`There is no action \`${action}\`: there are ${Object.keys(ACTIONS).join(', ')}.`)
    await act(remote, words, options)
    return 0
  },
}

const ACTIONS: Record<string, Act> = {
  list: async ({ client, json, say }, _words, options) => {
    const { body, value } = await client.read('/api/schedules?limit=200', page)
    if (options.json) json(body)
    else say(value.schedules.map(scheduleLine).join('\n') || 'Nothing is scheduled yet.')
  },
  add,
  show: async ({ client, json, say }, [id = ''], options) => {
    const { body, value } = await client.read(pathOf(id), schedule)
    if (options.json) return json(body)
    const { runs } = (await client.read(`${pathOf(id)}/runs?limit=20`, history)).value
    const lines = runs.map(
      ({ due, state, note, job, status }) =>
        `  ${momentWords(due, value.timezone)}  ${[state === 'made' ? (status ?? state) : state, job, note].filter(Boolean).join(' · ')}`,
    )
    say([scheduleLine(value), ...lines].join('\n'))
  },
  pause: (remote, [id = ''], options) => turn(remote, id, false, options),
  resume: (remote, [id = ''], options) => turn(remote, id, true, options),
  run: async ({ client, clock, json, say }, [id = ''], options) => {
    const { body, view } = await readJob(client, `${pathOf(id)}/run`, { method: 'POST' })
    if (options.json) json(body)
    else say(jobsText([view], clock.now()))
  },
  remove: async ({ client, say }, [id = '']) => {
    const { value } = await client.read(pathOf(id), schedule)
    await client.open(pathOf(id), { method: 'DELETE' })
    say(removedText(value))
  },
}

/** Says when it would run; with `--save` it is kept. */
async function add({ client, json, say }: Remote, [when, name = '', ...words]: readonly string[], options: Options) {
  if (when === undefined || name === '')
    throw new UserError('`add` needs a time and an instruction: errand schedules add "0 9 * * 1-5" brief topic=…')
  const instruction = await readInstruction(client, name)
  const { inputs, files } = readInputs(instruction, words)
  if (files[0]) throw new UserError(noFile(files[0].input))
  const asked = posting({ ...draftOf(options), when, instruction: name, inputs })
  if (options.save) {
    const { body, value } = await client.read('/api/schedules', schedule, asked)
    if (options.json) json(body)
    else say(scheduleLine(value))
    return
  }
  const { body, value } = await client.read('/api/schedules?dryRun=1', checkedSchedule, asked)
  if (options.json) return json(body)
  say(`${dryRunText('It would run', value)} \`--save\` keeps it.`)
}

function draftOf(options: Options): Partial<ApiSchedule> {
  const number = (name: string) => (options[name] === undefined ? undefined : Number(options[name]))
  const given = {
    timezone: options.tz,
    destination: placeOf(options.in),
    ...{ missed: options.missed, overlap: options.overlap, maxLatenessMinutes: number('late') },
    ...{ jitterSeconds: number('jitter'), endAt: options.until, alertAfter: number('alert') },
    alertTo: placeOf(options.alertIn),
  }
  return given as Partial<ApiSchedule> // as they were typed: the server checks them
}

function placeOf(text: Options[string]) {
  if (text === undefined) return undefined
  const [, platform, channel] = /^([a-z]+):(\S+)$/.exec(String(text)) ?? []
  if (platform && channel) return { platform, channel }
  throw new UserError(`\`${text}\` is no channel: write it as slack:C024.`)
}

async function turn({ client, json, say }: Remote, id: string, enabled: boolean, options: Options): Promise<void> {
  const { body, value } = await client.read(pathOf(id), schedule, { ...posting({ enabled }), method: 'PATCH' })
  if (options.json) json(body)
  else say(scheduleLine(value))
}

const pathOf = (id: string): string => {
  if (id === '') throw new UserError('Which one? `errand schedules` lists them with their ids.')
  return `/api/schedules/${encodeURIComponent(id)}`
}
