import type { Interaction, StringSelectMenuInteraction } from 'discord.js'
import { z } from 'zod'
import { runnableBy, type Who } from '../../engine/instructions/allow.ts'
import { GONE } from '../controls.ts'
import { fromMessage } from '../form.ts'
import { NOTHING_TO_RUN, notAllOf } from '../replies.ts'
import { menuRow } from './actions.ts'
import { attached, uploadOf } from './downloads.ts'
import type { Draft } from './form.ts'
import type { HandIn } from './hand-in.ts'
import { createAnswerer } from './respond.ts'
import { openDraft } from './submissions.ts'

/** A menu of instructions below a message; the id of what the message said follows. */
export const PICK_ID = 'm:'

/** A message that becomes inputs, as it waits for one of these instructions to be picked. */
const pickedSchema = z.object({
  names: z.array(z.string()),
  text: z.string(),
  files: z.array(z.object({ name: z.string(), ref: z.string() })),
})

const MOST = 25

/** "Run with Errand" on a message: which instruction is asked first. */
export async function offerInstructions(
  interaction: Extract<Interaction, { targetMessage: unknown }>,
  who: Who,
  { engine, controls, downloads }: HandIn,
): Promise<void> {
  const answerer = createAnswerer(interaction, controls)
  const runnable = runnableBy(engine.instructions(), who).filter(({ inputs }) => inputs.length > 0)
  if (runnable.length === 0) return await answerer.say(NOTHING_TO_RUN, [])
  const { content: text, attachments } = interaction.targetMessage
  const files = [...attachments.values()].map(file => uploadOf(file, downloads))
  const names = runnable.slice(0, MOST).map(({ name }) => name)
  const id = await controls.keep({ names, text, files } satisfies z.input<typeof pickedSchema>)
  const options = runnable.map(({ name, description }) => ({ label: name, description }))
  await answerer.draw(`What shall I run with this message? ${notAllOf(runnable.length, MOST)}`.trim(), [
    menuRow(PICK_ID + id, 'Choose an instruction', 1, options),
  ])
}

/** The form of the instruction that was picked, with the message as its first text and its files. */
export async function openPicked(interaction: StringSelectMenuInteraction, deps: HandIn): Promise<void> {
  const { controls, engine, downloads } = deps
  const { data: picked } = pickedSchema.safeParse(await controls.read(interaction.customId.slice(PICK_ID.length)))
  const instruction = picked?.names[Number(interaction.values[0])] ?? ''
  const inputs = engine.instructions().byName.get(instruction)?.inputs
  if (!picked || !inputs) return await createAnswerer(interaction, controls).say(GONE, [])
  const files = picked.files.map(file => attached(file, downloads))
  const values = fromMessage({ text: picked.text, files }, inputs)
  await openDraft(interaction, await controls.keep({ instruction, values, asked: [] } satisfies Draft), deps)
}
