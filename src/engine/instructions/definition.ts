import { z } from 'zod'
import { inputKeys } from './inputs.ts'
import { INPUT_NAME } from './names.ts'

/** What an instruction may use when it does not say: reading and writing in its own workspace. */
export const DEFAULT_TOOLS = ['Read', 'Glob', 'Grep', 'Write', 'Edit']

/** `90s`, `15m` or `1h`, as minutes. */
const duration = z
  .string('must be a time such as 90s, 15m or 1h')
  .regex(/^[1-9]\d{0,4}[smh]$/, 'must be a time such as 90s, 15m or 1h')
  .transform(minutes)

function minutes(time: string): number {
  const amount = Number(time.slice(0, -1))
  if (time.endsWith('h')) return amount * 60
  return time.endsWith('s') ? amount / 60 : amount
}

/** None of those by which the CLI's agents plan runs of their own, speak to each other and to people, or go on unseen. */
const STAYING_TOOL =
  /^(?!(Cron\w+|ScheduleWakeup|RemoteTrigger|SendMessage|SendUserMessage|PushNotification|List(Agents|Peers)|Team\w+|Monitor|Workflow|Task(Output|Stop)|BashOutput|Kill(Shell|Bash))$)/

/**
 * Names of tools, as a list or as Claude Code's own command files write them: in one line, with commas. A name begins
 * with a capital; `default`, which the CLI reads as every tool, must not pass.
 */
const tools = z.preprocess(
  given => (typeof given === 'string' ? given.split(',').map(tool => tool.trim()) : given),
  z.array(
    z
      .string()
      .regex(/^[A-Z]\w*$/, 'must be the name of a tool such as Read: a rule in brackets is not supported')
      .regex(STAYING_TOOL, 'is off here: an agent sends nothing by itself, and nothing of it goes on behind its job'),
  ),
)

/** Keys of people and places, as every origin has them. An empty list would read as "nobody" and mean "everybody". */
const keysOf = (form: RegExp, words: string) => z.array(z.string().regex(form, `must be ${words}`)).min(1)

const people = keysOf(
  /^(requester|(user|role):[a-z]+:\S+)$/,
  '`requester`, or a key such as user:slack:U024 or role:discord:77',
)
const peopleAndPlaces = keysOf(
  /^(channel|user|role):[a-z]+:\S+$/,
  'a key such as channel:slack:C024, user:discord:98 or role:discord:77',
)

const HOST = 'must be a host such as api.example.com, *.example.com or db.example.com:5432, or "*" for every one'

const hasPort = (host: string): boolean => {
  const port = Number(host.split(':')[1] ?? 443)
  return port > 0 && port < 65_536
}

const DOLLARS = 'must be dollars above 0, such as 2.50'

const keys = z.strictObject({
  description: z.string().trim().min(1),
  inputs: z
    .record(
      z.string().regex(INPUT_NAME, 'must begin with a-z and go on with a-z, 0-9, _ or -, at most 32 in all'),
      inputKeys,
    )
    .refine(inputs => Object.keys(inputs).length <= 25, 'must hold at most 25')
    .default({}),
  outputs: z.array(z.string().min(1)).min(1).optional(),
  'allowed-tools': tools.optional(),
  'ask-tools': tools.default([]),
  sandbox: z
    .enum(['cli', 'bwrap'], 'must be cli or bwrap: an instruction may ask for more than the server has, not for less')
    .optional(),
  network: z
    .array(
      z
        .string()
        .regex(/^(\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?)$/, { error: HOST, abort: true })
        .refine(hasPort, HOST),
    )
    .optional(),
  approvers: people.default(['requester']),
  plan: z.boolean().default(false),
  // It becomes an argument of the agent's program: it must not read as a flag.
  model: z
    .string()
    .regex(/^[A-Za-z0-9]\S*$/, 'must be the name of a model such as sonnet')
    .optional(),
  timeout: duration.optional(),
  'max-cost': z.number(DOLLARS).positive(DOLLARS).optional(),
  allow: peopleAndPlaces.default([]),
  mcp: z.array(z.string().regex(/^[a-z0-9_-]+$/, 'must be the name of a server: a-z, 0-9, _ or -')).default([]),
  examples: z.array(z.record(z.string(), z.unknown())).default([]),
})

/** The front matter of an instruction. */
export const definition = keys.superRefine((data, context) => {
  for (const [index, tool] of data['ask-tools'].entries())
    if (data['allowed-tools']?.includes(tool))
      context.addIssue({
        code: 'custom',
        path: ['ask-tools', index],
        message: 'stands in `allowed-tools` too, which would run it unasked: keep it in one of the two',
      })
})
