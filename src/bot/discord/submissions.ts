import type { Interaction, ModalSubmitInteraction } from 'discord.js'
import type { InputDefinition } from '../../engine/instructions/inputs.ts'
import { GONE } from '../controls.ts'
import { revived } from '../drafts.ts'
import { attached } from './downloads.ts'
import { type Draft, draftSchema, modalOf, unasked, withStep } from './form.ts'
import { type HandIn, handInInteraction } from './hand-in.ts'
import { INPUT_ID, inputGiven } from './interactions.ts'
import { type Answerable, createAnswerer, FORM_ID, openFormRow } from './respond.ts'

/** Takes a form that came back: the text of a button, or a step of an instruction's inputs. */
export async function onModal(interaction: ModalSubmitInteraction, deps: HandIn): Promise<void> {
  const { controls, downloads } = deps
  const { customId } = interaction
  if (customId.startsWith(INPUT_ID)) {
    const command = await inputGiven(interaction, controls.read)
    if (command !== null) return await handInInteraction(interaction, { text: command }, deps)
  } else {
    const found = customId.startsWith(FORM_ID) ? await readDraft(customId.slice(FORM_ID.length), deps) : null
    if (found)
      return await goOn(interaction, withStep(found.draft, found.inputs, interaction, downloads), found.inputs, deps)
  }
  await createAnswerer(interaction, controls).say(GONE, [])
}

/** Offers the next step; after the last one, or where a value has no input any more, hands in what was given. */
async function goOn(
  interaction: Answerable,
  draft: Draft,
  inputs: readonly InputDefinition[],
  deps: HandIn,
): Promise<void> {
  const { instruction, values } = draft
  const left = unasked(inputs, draft).length
  const isWhole = left === 0 || Object.keys(values).some(name => inputs.every(input => input.name !== name))
  if (isWhole) return await handInInteraction(interaction, { text: instruction, values }, deps)
  const next = openFormRow('Next', await deps.controls.keep(draft))
  const words = `${inputs.length - left} of ${inputs.length} inputs of \`${instruction}\` are filled in.`
  await createAnswerer(interaction, deps.controls).draw(words, [next])
}

type Opener = Extract<Interaction, { showModal: unknown }> & Answerable

/** Opens the next step of a draft. */
export async function openDraft(interaction: Opener, id: string, deps: HandIn): Promise<void> {
  const found = await readDraft(id, deps)
  if (!found) return await createAnswerer(interaction, deps.controls).say(GONE, [])
  const { draft, inputs } = found
  if (unasked(inputs, draft).length === 0) return await goOn(interaction, draft, inputs, deps) // it asks for less by now
  await interaction.showModal(modalOf(inputs, draft, FORM_ID + id))
}

/** A draft and what its instruction asks for now; null when either is gone, or the id is of something else. */
async function readDraft(
  id: string,
  { controls, engine, downloads }: HandIn,
): Promise<{ draft: Draft; inputs: readonly InputDefinition[] } | null> {
  const { data: draft } = draftSchema.safeParse(await controls.read(id))
  const inputs = draft && engine.instructions().byName.get(draft.instruction)?.inputs
  if (!draft || !inputs) return null
  return { draft: { ...draft, values: revived(draft.values, file => attached(file, downloads)) }, inputs }
}
