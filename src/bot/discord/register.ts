import { type Client, DiscordAPIError, Events, RESTJSONErrorCodes, Routes } from 'discord.js'
import type { Clock } from '../../clock.ts'
import type { Instructions } from '../../engine/instructions/instruction.ts'
import type { Log } from '../../log.ts'
import { pause } from '../pause.ts'
import { type CommandJson, catalogOf } from './catalog.ts'

/** Looking costs nothing: what was loaded is another object when it has changed. */
const LOOK_MS = 2000

type RegisterOptions = {
  client: () => Client<true>
  guildIds: readonly string[]
  instructions: () => Instructions
  clock: Clock
  log: Log
  signal: AbortSignal
}

/**
 * Registers the commands, and again whenever the instructions have changed or the bot was invited to a server, until the
 * signal ends it.
 */
export async function keepRegistered(options: RegisterOptions): Promise<void> {
  const { client, instructions, clock, log, signal } = options
  let registered: Instructions | null = null
  client().on(Events.GuildCreate, () => {
    registered = null // where it was in no server before, or without commands
  })
  do {
    const now = instructions()
    if (now === registered) continue
    const isAnew = registered === null
    registered = now
    const { commands, problems } = catalogOf(now.byName.values())
    for (const problem of problems) log.warn(problem)
    try {
      await registerAll(commands, options)
      if (isAnew) await removeElsewhere(options)
    } catch (error) {
      registered = null
      log.error({ err: error }, 'the commands could not be registered with Discord; I try again')
    }
  } while (await pause(clock, LOOK_MS, signal))
}

/** In the guilds that are named, or else globally; a command that stands in both would be shown twice. */
async function registerAll(commands: CommandJson[], options: RegisterOptions): Promise<void> {
  const { client, guildIds } = options
  const { id } = client().application
  await registerAt(Routes.applicationCommands(id), guildIds.length === 0 ? commands : [], options)
  for (const guild of guildIds) await registerAt(Routes.applicationGuildCommands(id, guild), commands, options, guild)
}

/** In guilds that are not named, or not any more, an earlier start may have left commands. */
async function removeElsewhere(options: RegisterOptions): Promise<void> {
  const { client, guildIds } = options
  const { application, guilds } = client()
  for (const guild of guilds.cache.keys())
    if (!guildIds.includes(guild))
      await registerAt(Routes.applicationGuildCommands(application.id, guild), [], options, guild)
}

/** What Discord refuses it refuses again, so that only what it did not answer is thrown, to be tried again. */
async function registerAt(
  route: `/${string}`,
  commands: CommandJson[],
  options: RegisterOptions,
  guild?: string,
): Promise<void> {
  try {
    await register(route, commands, options)
  } catch (error) {
    if (!(error instanceof DiscordAPIError)) throw error
    const isOut = error.code === RESTJSONErrorCodes.MissingAccess
    const what = isOut ? 'the bot may not register commands there: invite it anew, by its link' : REFUSED
    options.log.error({ err: error, guild }, what)
  }
}

const REFUSED = 'Discord does not take the commands, and those of before stay; they are sent again when they change'

async function register(route: `/${string}`, commands: CommandJson[], { client, log }: RegisterOptions): Promise<void> {
  const { rest } = client()
  const standing = (await rest.get(route)) as CommandJson[]
  if (signature(standing) === signature(commands)) return
  await rest.put(route, { body: commands })
  log.info({ commands: commands.length }, 'the commands were registered with Discord')
}

/** What was sent, without what Discord adds, in one order. */
const signature = (commands: readonly object[]): string =>
  JSON.stringify(commands.map(bare).sort((a, b) => String(a.name).localeCompare(String(b.name))))

const SENT = [
  ...['type', 'name', 'description', 'required', 'autocomplete', 'min_value', 'max_value', 'max_length', 'value'],
  ...['options', 'choices'],
]

/** Discord leaves out what is false or empty, or names it where nothing was sent; this leaves it out. */
function bare(part: object): Record<string, unknown> {
  const fields = part as Record<string, unknown>
  const kept: Record<string, unknown> = {}
  for (const name of SENT) {
    const value = fields[name]
    if (Array.isArray(value)) {
      if (value.length > 0) kept[name] = value.map(bare)
    } else if (value !== undefined && value !== false && value !== null && value !== '') kept[name] = value
  }
  return kept
}
