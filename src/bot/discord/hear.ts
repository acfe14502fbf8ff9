import { type Client, Events, type Interaction, type Message, type ModalSubmitInteraction } from 'discord.js'
import { runnableBy, type Who } from '../../engine/instructions/allow.ts'
import type { InputDefinition } from '../../engine/instructions/inputs.ts'
import { askerOf } from '../asker.ts'
import { GONE } from '../controls.ts'
import { type Attachment, revived } from '../drafts.ts'
import type { PlatformDeps } from '../platform-deps.ts'
import { menuRow } from './actions.ts'
import { catchUp } from './catch-up.ts'
import { type Draft, filledIn, modalOf } from './form.ts'
import { actorOf, type HandIn, handInInteraction, handInMessage, placeOfInteraction } from './hand-in.ts'
import { askedBySlash, INPUT_ID, inputGiven, inputModal, pressed } from './interactions.ts'
import { createAnswerer, FORM_ID, OPEN_FORM_ID, openFormRow } from './respond.ts'
import { suggestions } from './suggest.ts'
import { attached, uploadOf } from './upload.ts'

/** A menu of instructions below a message; the id of what the message said follows. */
const PICK_ID = 'm:'

type HearDeps = HandIn & Pick<PlatformDeps, 'log'> & { guildIds: readonly string[] }

/** Listens to interactions, and to messages that are meant for the bot. */
export function hear(client: Client, deps: HearDeps): void {
  client.on(Events.InteractionCreate, interaction => {
    onInteraction(interaction, deps).catch(error =>
      deps.log.error({ err: error, interaction: interaction.id }, 'an interaction broke'),
    )
  })
  const handIn = (message: Message) => {
    const taken = isForeign(message, deps.guildIds) ? message.author.send(FOREIGN) : handInMessage(message, deps)
    taken.catch(error => deps.log.error({ err: error, message: message.id }, 'a message broke'))
  }
  client.on(Events.MessageCreate, message => isMeant(message, client) && handIn(message))
  catchUp(client, { ...deps, isMeant: message => isMeant(message, client), handIn })
}

/** True for a mention of the bot, for what a person writes to it directly, and for what is said to nobody else in a thread of its own. */
function isMeant({ author, mentions, guildId, content, channel }: Message, { user }: Client): boolean {
  if (author.bot || user === null) return false
  if (guildId === null || (mentions.users.has(user.id) && content.includes(user.id))) return true
  // Without the intent for the content of all messages it is empty, and nothing is heard but mentions.
  return channel.isThread() && channel.ownerId === user.id && content !== '' && mentions.users.size === 0
}

async function onInteraction(interaction: Interaction, deps: HearDeps): Promise<void> {
  const { engine, controls, guildIds } = deps
  if (isForeign(interaction, guildIds)) return await refuse(interaction, controls)
  if (interaction.isAutocomplete()) {
    await interaction.respond(await suggestions(interaction, await whoOf(interaction, deps), deps))
  } else if (interaction.isChatInputCommand()) {
    const instruction = engine.instructions().byName.get(interaction.commandName)
    await handInInteraction(interaction, askedBySlash(interaction, instruction), deps)
  } else if (interaction.isMessageContextMenuCommand()) {
    await offerInstructions(interaction, deps)
  } else if (interaction.isMessageComponent()) {
    const { customId } = interaction
    if (customId.startsWith(OPEN_FORM_ID))
      return await openDraft(interaction, customId.slice(OPEN_FORM_ID.length), deps)
    if (customId.startsWith(PICK_ID)) return await openPicked(interaction, deps)
    const values = interaction.isStringSelectMenu() ? interaction.values : []
    const asked = await pressed({ customId, values }, controls.read)
    if (asked === null) await createAnswerer(interaction, controls).say(GONE, [])
    else if ('ask' in asked) await interaction.showModal(inputModal(asked.ask, asked.id))
    else await handInInteraction(interaction, asked.asked, deps)
  } else if (interaction.isModalSubmit()) await onModal(interaction, deps)
}

/** True for a server that the bot is in and that is not named; a direct message has none. */
const isForeign = ({ guildId }: Pick<Interaction, 'guildId'>, guildIds: readonly string[]): boolean =>
  guildIds.length > 0 && guildId !== null && !guildIds.includes(guildId)

const FOREIGN = 'I do not work in this server: the people who run me decide where I do. Nothing was started.'

async function refuse(interaction: Interaction, controls: HearDeps['controls']): Promise<void> {
  if (interaction.isAutocomplete()) return await interaction.respond([])
  await createAnswerer(interaction, controls).say(FOREIGN, [])
}

async function whoOf(interaction: Interaction, { engine }: HearDeps): Promise<Who> {
  const { place } = await placeOfInteraction(interaction)
  return await askerOf({ platform: 'discord', ...actorOf(interaction), place }, engine)
}

async function onModal(interaction: ModalSubmitInteraction, deps: HearDeps): Promise<void> {
  const { controls } = deps
  const { customId } = interaction
  if (customId.startsWith(INPUT_ID)) {
    const command = await inputGiven(interaction, controls.read)
    if (command !== null) return await handInInteraction(interaction, { text: command }, deps)
  } else {
    const found = await readDraft(customId.slice(FORM_ID.length), deps)
    if (found) {
      const draft = filledIn(found.draft, found.inputs, interaction)
      const { asked, instruction, values } = draft
      if (asked >= found.inputs.length) return await handInInteraction(interaction, { text: instruction, values }, deps)
      const next = openFormRow('Next', await controls.keep(draft))
      const words = `${asked} of ${found.inputs.length} inputs of \`${instruction}\` are filled in.`
      return await createAnswerer(interaction, controls).draw(words, [next])
    }
  }
  await createAnswerer(interaction, controls).say(GONE, [])
}

type Opener = Extract<Interaction, { showModal: unknown }>

async function openDraft(interaction: Opener, id: string, deps: HearDeps): Promise<void> {
  const found = await readDraft(id, deps)
  if (found) await interaction.showModal(modalOf(found.inputs, found.draft, FORM_ID + id))
  else if (interaction.isMessageComponent()) await createAnswerer(interaction, deps.controls).say(GONE, [])
}

/** A draft and what its instruction asks for now; null when either is gone. */
async function readDraft(
  id: string,
  { controls, engine }: HearDeps,
): Promise<{ draft: Draft; inputs: readonly InputDefinition[] } | null> {
  const draft = (await controls.read(id)) as Draft | null
  const inputs = draft && engine.instructions().byName.get(draft.instruction)?.inputs
  return draft && inputs ? { draft: { ...draft, values: revived(draft.values, attached) }, inputs } : null
}

type OnMessage = Extract<Interaction, { targetMessage: unknown }>
type Picked = { names: string[]; text: string; files: Attachment[] }

/** "Run with Errand" on a message: which instruction is asked first. */
async function offerInstructions(interaction: OnMessage, deps: HearDeps): Promise<void> {
  const { engine, controls } = deps
  const who = await whoOf(interaction, deps)
  const runnable = runnableBy(engine.instructions(), who)
    .filter(({ inputs }) => inputs.length > 0)
    .slice(0, 25)
  const answerer = createAnswerer(interaction, controls)
  if (runnable.length === 0) return await answerer.say('There is nothing that you may run here.', [])
  const { content, attachments } = interaction.targetMessage
  const files = [...attachments.values()].map(uploadOf)
  const picked: Picked = { names: runnable.map(({ name }) => name), text: content, files }
  const options = runnable.map(({ name, description }) => ({ label: name, description }))
  await answerer.draw('What shall I run with this message?', [
    menuRow(PICK_ID + (await controls.keep(picked)), 'Choose an instruction', 1, options),
  ])
}

/** The form of the instruction that was picked, with the message as its first text and its files. */
async function openPicked(interaction: Extract<Interaction, { customId: string }>, deps: HearDeps): Promise<void> {
  if (!interaction.isStringSelectMenu()) return
  const { controls, engine } = deps
  const picked = (await controls.read(interaction.customId.slice(PICK_ID.length))) as Picked | null
  const name = picked?.names[Number(interaction.values[0])]
  const inputs = engine.instructions().byName.get(name ?? '')?.inputs
  if (!picked || !name || !inputs) return await createAnswerer(interaction, controls).say(GONE, [])
  const text = inputs.find(({ type }) => type === 'text')
  const file = inputs.find(({ type }) => type === 'file')
  const values = {
    ...(text && picked.text !== '' && { [text.name]: picked.text }),
    ...(file?.type === 'file' && picked.files.length > 0 && { [file.name]: picked.files.slice(0, file.max) }),
  }
  await openDraft(interaction, await controls.keep({ instruction: name, values, asked: 0 } satisfies Draft), deps)
}
