import { type Message as DiscordMessage, type Interaction, MessageFlags, MessageType } from 'discord.js'
import { messageOf, UserError } from '../../errors.ts'
import { ADMIN_ROLE } from '../../job.ts'
import { parseCommand } from '../commands.ts'
import { pause } from '../pause.ts'
import type { Action, Request, Target } from '../platform.ts'
import type { PlatformDeps } from '../platform-deps.ts'
import type { Access } from './access.ts'
import { rowsOf } from './actions.ts'
import { refOf, targetOf } from './address.ts'
import type { Answers } from './answers.ts'
import { toldOf } from './content.ts'
import { type Downloads, uploadOf } from './downloads.ts'
import { placeFinder } from './find-place.ts'
import { type Asked, rolesOf } from './interactions.ts'
import { missingPermissions } from './permissions.ts'
import { type Answerable, createAnswerer } from './respond.ts'

export type Take = (request: Request) => Promise<void>

/** A form can only be the first answer: so long it is waited for, within Discord's three seconds. */
const FORM_MS = 2000

/** What turns interactions and messages into requests. */
export type HandIn = Pick<PlatformDeps, 'engine' | 'controls' | 'clock'> & {
  /** Where requests go now; throws a UserError when none is taken. */
  take: () => Take
  answers: Answers
  access: Access
  downloads: Downloads
  signal: AbortSignal
}

/**
 * Hands in what an interaction asks for: it is kept first, then acknowledged. One that comes too late for that, as after
 * a broken connection, starts nothing, since Discord has told the person that it failed.
 */
export async function handInInteraction(interaction: Answerable, asked: Asked, deps: HandIn): Promise<void> {
  const { controls, answers, access, clock, signal } = deps
  const answerer = createAnswerer(interaction, controls)
  const target = await placeOfInteraction(interaction)
  const key = interaction.id
  const done = async () => {
    answers.forget(key)
    await answerer.done()
  }
  const { openForm } = answerer
  const { promise: acknowledged, ...acknowledging } = Promise.withResolvers<void>()
  acknowledged.catch(() => answers.forget(key))
  const mayAsk = !interaction.isModalSubmit() && mayOpenForm(asked, deps)
  answers.remember(key, answerer.say)
  try {
    const findPlace = placeFinder(interaction.client, interaction.user.id, interaction.guildId)
    const admit = () => access.admit(interaction, interaction.user.id)
    const mayPost = mayPostWith(interaction.guildId === null ? null : interaction.appPermissions, target)
    const how = { files: [], openForm, findPlace, admit, mayPost, done, ...(!mayAsk && { acknowledged }) }
    await deps.take()({ key, ...asked, ...actorOf(interaction), ...target, ...how })
  } catch (error) {
    acknowledging.reject(error)
    return await answerer.say(messageOf(error), [])
  }
  if (mayAsk) await Promise.race([pause(clock, FORM_MS, signal), answerer.answered])
  await answerer.acknowledge().then(acknowledging.resolve, acknowledging.reject)
}

/** True where the first answer may be a form, and then no job begins by it. */
function mayOpenForm(asked: Asked, { engine }: HandIn): boolean {
  const anybody = { actor: '', roles: [ADMIN_ROLE], place: '' } // who may not is told so instead
  const command = parseCommand(asked, engine.instructions(), anybody)
  if (command.kind !== 'run') return command.kind === 'edit' || command.kind === 'use'
  const { inputs = [] } = engine.instructions().byName.get(command.instruction) ?? {}
  return inputs.some(({ name, required }) => required && command.inputs[name] === undefined)
}

/** Hands in a message that is meant for the bot: a mention, or what is written to it directly. */
export async function handInMessage(message: DiscordMessage, deps: HandIn): Promise<void> {
  const { answers, access, downloads } = deps
  const { id: key, author, guild, guildId, client } = message
  const names = [`!?${client.user.id}`, `&${guild?.roles.botRoleFor(client.user)?.id}`]
  const text = message.content.replace(new RegExp(`^\\s*<@(${names.join('|')})>\\s*`), '')
  const target = targetOf(message.channel)
  const say = (content: string, actions: readonly Action[]) => replyTo(message, content, actions, deps)
  const isOverheard = !message.channel.isDMBased()
  const here = message.channel.isDMBased() ? null : message.channel.permissionsFor(client.user)
  const asker = { actor: `user:discord:${author.id}`, actorName: author.displayName, roles: rolesOf(message) }
  answers.remember(key, say)
  try {
    await deps.take()({
      key,
      text,
      isWritten: true,
      ...repliesOf(message),
      ...asker,
      ...target,
      files: [...message.attachments.values()].map(file => uploadOf(file, downloads)),
      isOverheard,
      findPlace: placeFinder(client, author.id, guildId),
      admit: () => access.admit(message, author.id),
      mayPost: mayPostWith(here, target),
    })
  } catch (error) {
    answers.forget(key)
    await say(messageOf(error), [])
  }
}

/** What a message replies to; one that was forwarded has a reference too. */
function repliesOf({ type, reference }: DiscordMessage): Pick<Request, 'repliesTo'> {
  const { channelId, messageId } = reference ?? {}
  return type === MessageType.Reply && channelId && messageId
    ? { repliesTo: refOf({ channel: channelId, message: messageId }) }
    : {}
}

/** Below the message; where the bot may not write, to the person directly. */
async function replyTo(
  message: DiscordMessage,
  content: string,
  actions: readonly Action[],
  { controls }: HandIn,
): Promise<void> {
  const components = await rowsOf(actions, controls)
  const reply = { content: toldOf(content), components, flags: MessageFlags.SuppressEmbeds } as const
  try {
    await message.reply(reply)
  } catch (error) {
    await message.author.send(reply).catch(() => {
      throw error // neither way is open: the first one says why
    })
  }
}

/** Rejects where the bot lacks a permission for what it would post. */
function mayPostWith(has: Parameters<typeof missingPermissions>[0], { thread }: Target): () => Promise<void> {
  return async () => {
    const lacks = missingPermissions(has, thread !== null)
    if (lacks) throw new UserError(lacks)
  }
}

/** Where somebody acts. */
export async function placeOfInteraction(interaction: Interaction): Promise<Target> {
  const channel = interaction.channel ?? (await interaction.client.channels.fetch(interaction.channelId ?? ''))
  if (channel === null) throw new Error(`interaction ${interaction.id} has no channel`)
  return targetOf(channel)
}

/** Who acts, as keys. */
export const actorOf = (interaction: Interaction) => ({
  actor: `user:discord:${interaction.user.id}`,
  actorName: interaction.user.displayName,
  roles: rolesOf(interaction),
})
