import { DiscordAPIError, type Interaction, MessageFlags, RESTJSONErrorCodes } from 'discord.js'
import type { Controls } from '../controls.ts'
import type { Action, Form } from '../platform.ts'
import { type Row, rowsOf } from './actions.ts'
import { toldOf } from './content.ts'
import { type Draft, modalOf } from './form.ts'

/** An interaction that can be answered by words. */
export type Answerable = Extract<Interaction, { deferReply: unknown }>

/** How one interaction is answered: within three seconds by something, and privately by words while it lives. */
export type Answerer = {
  /** Resolves once there is a first answer. */
  answered: Promise<void>
  /** Says that it was taken, unless more was said already. Rejects when that comes too late. */
  acknowledge(): Promise<void>
  say(text: string, actions: readonly Action[]): Promise<void>
  /** Says it with what is drawn already. */
  draw(text: string, rows: Row[]): Promise<void>
  openForm(form: Form): Promise<void>
  /** There is nothing to say: what shows that something goes on is taken away. */
  done(): Promise<void>
}

/** Ids of a button that opens a form, and of the form itself; a draft's id follows. */
export const OPEN_FORM_ID = 'f:'
export const FORM_ID = 'g:'

/** Its calls may come at the same time; they take effect one after the other. */
export function createAnswerer(interaction: Answerable, controls: Controls): Answerer {
  let state: 'open' | 'deferred' | 'answered' = 'open'
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (step: () => Promise<unknown>): Promise<void> => {
    const next = last.then(step).finally(first.resolve)
    last = next.catch(() => {}) // its caller hears of it
    return next.then(() => {})
  }
  const first = Promise.withResolvers<void>()
  const onMessage = interaction.isMessageComponent()
  const defer = async () => {
    await deferred(interaction)
    state = 'deferred'
  }
  const send = async (content: string, components: Row[]) => {
    const flags = MessageFlags.Ephemeral | MessageFlags.SuppressEmbeds
    const reply = { content: toldOf(content), components, flags } as const
    if (state === 'open') await interaction.reply(reply)
    else if (state === 'deferred' && !onMessage)
      await interaction.editReply({ content: reply.content, components, flags: MessageFlags.SuppressEmbeds })
    else await interaction.followUp(reply)
    state = 'answered'
  }
  const openForm = async ({ instruction, inputs, values, problems }: Form) => {
    const draft: Draft = { instruction, values: { ...values }, asked: [] }
    const id = await controls.keep(draft)
    const isWrong = problems.some(({ field }) => Object.hasOwn(values, field))
    if (state === 'open' && !interaction.isModalSubmit() && !isWrong) {
      await interaction.showModal(modalOf(inputs, draft, FORM_ID + id))
      state = 'answered'
    } else {
      const words = problems.map(({ message }) => message).join('\n')
      await send(words || `\`${instruction}\` asks for more.`, [openFormRow(isWrong ? 'Fill in again' : 'Fill in', id)])
    }
  }
  return {
    answered: first.promise,
    acknowledge: () => inTurn(async () => state === 'open' && (await defer())),
    say: (text, actions) => inTurn(async () => await send(text, await rowsOf(actions, controls))),
    draw: (text, rows) => inTurn(() => send(text, rows)),
    openForm: form => inTurn(() => openForm(form)),
    done: () =>
      inTurn(async () => {
        if (state === 'open') await defer()
        if (state === 'deferred' && !onMessage) await interaction.deleteReply()
        state = 'answered'
      }),
  }
}

/** Tells Discord that the answer comes later; once is enough, whoever did it. */
async function deferred(interaction: Answerable): Promise<void> {
  try {
    if (interaction.isMessageComponent()) await interaction.deferUpdate()
    else await interaction.deferReply({ flags: MessageFlags.Ephemeral })
  } catch (error) {
    const code = error instanceof DiscordAPIError ? error.code : null
    if (code !== RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged) throw error // by a call whose answer was lost
  }
}

export const openFormRow = (label: string, draft: string): Row => ({
  type: 1,
  components: [{ type: 2, style: 1, label, custom_id: OPEN_FORM_ID + draft }],
})
