import type { ApplicationCommandOptionChoiceData, AutocompleteInteraction } from 'discord.js'
import { cardLine } from '../../engine/card-words.ts'
import { runnableBy, type Who } from '../../engine/instructions/allow.ts'
import type { Instruction } from '../../engine/instructions/instruction.ts'
import { scheduleLine } from '../../engine/schedules/words.ts'
import type { JobView } from '../../engine/view.ts'
import { canReopen, isFinal } from '../../job.ts'
import { cut } from '../../words.ts'
import type { PlatformDeps } from '../platform-deps.ts'
import { ROOT } from './catalog.ts'

const MOST = 25
/** How many of the newest jobs of a place are looked through, with every key that is typed. */
const LOOKED_THROUGH = 4 * MOST

const canGoOn = ({ status, saidInto }: JobView): boolean => canReopen(status) && saidInto === null

/** Which jobs a command can do something with; any job for the others. */
const FITS: Readonly<Record<string, (view: JobView) => boolean>> = {
  cancel: ({ status }) => !isFinal(status),
  retry: canGoOn,
  resume: canGoOn,
}

/** What fits an option that is being typed: only what this person may see. */
export async function suggestions(
  interaction: AutocompleteInteraction,
  who: Who,
  { engine, clock }: Pick<PlatformDeps, 'engine' | 'clock'>,
): Promise<ApplicationCommandOptionChoiceData[]> {
  const { name, value } = interaction.options.getFocused(true)
  if (interaction.commandName !== ROOT)
    return choicesOf(interaction.commandName, name, value, runnableBy(engine.instructions(), who))
  if (name === 'instruction') {
    const runnable = runnableBy(engine.instructions(), who)
    const shown = runnable.map(({ name, description }) => ({ name: `${name}: ${description}`, value: name }))
    return fitting(shown, value)
  }
  if (name === 'schedule') {
    const { schedules } = await engine.schedules.list({ limit: 2 * MOST, seenBy: who })
    const lines = schedules.map(scheduleLine)
    return fitting(
      lines.map((line, i) => ({ name: line.replaceAll('`', ''), value: schedules[i]?.id ?? '' })),
      value,
    )
  }
  const { jobs } = await engine.jobs({ place: who.place, limit: LOOKED_THROUGH })
  const fits = FITS[interaction.options.getSubcommand()] ?? (() => true)
  const lines = jobs.filter(fits).map(view => ({
    name: `${view.id} ${cardLine(view, clock.now())}`.replaceAll('`', ''),
    value: view.id,
  }))
  return fitting(lines, value)
}

function choicesOf(command: string, option: string, typed: string, runnable: readonly Instruction[]) {
  const input = runnable.find(({ name }) => name === command)?.inputs.find(({ name }) => name === option)
  const options = input?.type === 'choice' ? input.options : []
  return fitting(
    options.map(value => ({ name: value, value })),
    typed,
  )
}

const fitting = (choices: { name: string; value: string }[], typed: string) =>
  choices
    .filter(({ name }) => name.toLowerCase().includes(typed.trim().toLowerCase()))
    .slice(0, MOST)
    .map(({ name, value }) => ({ name: cut(name, 100), value }))
