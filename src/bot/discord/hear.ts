import { type Client, Events, type Interaction, type Message } from 'discord.js'
import type { Who } from '../../engine/instructions/allow.ts'
import { UserError } from '../../errors.ts'
import { askerOf } from '../asker.ts'
import { GONE } from '../controls.ts'
import type { PlatformDeps } from '../platform-deps.ts'
import { NOTHING_TO_RUN } from '../replies.ts'
import { createAccess, FOREIGN } from './access.ts'
import { catchUp } from './catch-up.ts'
import { actorOf, type HandIn, handInInteraction, handInMessage, placeOfInteraction } from './hand-in.ts'
import { askedBySlash, inputModal, pressed } from './interactions.ts'
import { createAnswerer, OPEN_FORM_ID } from './respond.ts'
import { offerInstructions, openPicked, PICK_ID } from './shortcut.ts'
import { onModal, openDraft } from './submissions.ts'
import { suggestions } from './suggest.ts'

type HearDeps = HandIn & Pick<PlatformDeps, 'log'>

/** Listens to interactions, and to messages that are meant for the bot. */
export function hear(client: Client, given: Omit<HearDeps, 'access'> & { guildIds: readonly string[] }): void {
  const deps: HearDeps = { ...given, access: createAccess(client, given.guildIds, given.clock) }
  client.on(Events.InteractionCreate, interaction => {
    onInteraction(interaction, deps).catch(error =>
      deps.log.error({ err: error, interaction: interaction.id }, 'an interaction broke'),
    )
  })
  const handIn = (message: Message) => {
    const taken = deps.access.isForeign(message) ? message.author.send(FOREIGN) : handInMessage(message, deps)
    taken.catch(error => deps.log.error({ err: error, message: message.id }, 'a message broke'))
  }
  client.on(Events.MessageCreate, message => isMeant(message, client) && handIn(message))
  catchUp(client, { ...deps, isMeant: message => isMeant(message, client), handIn })
}

/**
 * True for a mention of the bot, for what a person writes to it directly, for a reply to a post of it, and in a thread
 * of its own for what is said to nobody else. Programs say nothing to it, and what Discord itself
 * notes there (a thread that is renamed) is no word.
 */
function isMeant(
  { author, mentions, guildId, content, attachments, channel, system, webhookId }: Message,
  { user }: Client,
): boolean {
  if (author.bot || webhookId !== null || system || user === null) return false
  if (guildId === null || (mentions.users.has(user.id) && content.includes(user.id))) return true
  if (mentions.roles.some(({ tags }) => tags?.botId === user.id)) return true // which Discord offers beside the bot itself
  // Without the intent for the content of all messages it is empty, unless it mentions the bot, as Reply does unasked.
  if (content === '' && attachments.size === 0) return false
  if (mentions.users.some(({ id }) => id !== user.id)) return false
  return mentions.repliedUser?.id === user.id || (channel.isThread() && channel.ownerId === user.id)
}

async function onInteraction(interaction: Interaction, deps: HearDeps): Promise<void> {
  const { engine, controls, access, downloads } = deps
  if (access.isForeign(interaction)) return await refuse(interaction, controls)
  if (interaction.isAutocomplete()) {
    const isIn = await isAdmitted(interaction, deps)
    await interaction.respond(isIn ? await suggestions(interaction, await whoOf(interaction, deps), deps) : [])
  } else if (interaction.isChatInputCommand()) {
    const instruction = engine.instructions().byName.get(interaction.commandName)
    await handInInteraction(interaction, askedBySlash(interaction, instruction, downloads), deps)
  } else if (interaction.isMessageContextMenuCommand()) {
    const who = await whoOf(interaction, deps)
    if (await isAdmitted(interaction, deps)) await offerInstructions(interaction, who, deps)
    else await createAnswerer(interaction, controls).say(NOTHING_TO_RUN, [])
  } else if (interaction.isMessageComponent()) {
    const { customId } = interaction
    if (customId.startsWith(OPEN_FORM_ID))
      return await openDraft(interaction, customId.slice(OPEN_FORM_ID.length), deps)
    if (customId.startsWith(PICK_ID) && interaction.isStringSelectMenu()) return await openPicked(interaction, deps)
    const values = interaction.isStringSelectMenu() ? interaction.values : []
    const asked = await pressed({ customId, values }, controls.read, downloads)
    if (asked === null) await createAnswerer(interaction, controls).say(GONE, [])
    else if ('ask' in asked) await interaction.showModal(inputModal(asked.ask, asked.id))
    else await handInInteraction(interaction, asked.asked, deps)
  } else if (interaction.isModalSubmit()) await onModal(interaction, deps)
}

async function refuse(interaction: Interaction, controls: HearDeps['controls']): Promise<void> {
  if (interaction.isAutocomplete()) return await interaction.respond([])
  await createAnswerer(interaction, controls).say(FOREIGN, [])
}

/** What there is to run is nothing for strangers either. */
const isAdmitted = async (interaction: Interaction, { access }: HearDeps): Promise<boolean> =>
  await access.admit(interaction, interaction.user.id).then(
    () => true,
    error => {
      if (error instanceof UserError) return false
      throw error
    },
  )

async function whoOf(interaction: Interaction, { engine }: HearDeps): Promise<Who> {
  const { place } = await placeOfInteraction(interaction)
  return await askerOf({ platform: 'discord', ...actorOf(interaction), place }, engine)
}
