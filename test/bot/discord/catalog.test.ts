import { expect, test } from 'vitest'
import { catalogOf, optionsOf } from '../../../src/bot/discord/catalog.ts'
import { checkCommands } from '../../support/discord/check-commands.ts'
import { BEN, type Json } from '../../support/discord/state.ts'
import { eventually } from '../../support/eventually.ts'
import { instructionsOf } from '../../support/world.ts'
import { BRIEF, openDiscord } from './open-discord.ts'

const catalog = (sources: Record<string, string>) => catalogOf(instructionsOf(sources).byName.values())
const plain = '---\ndescription: Go\n---\nGo'
const tones = Array.from({ length: 26 }, (_, i) => `tone-${i + 1}`)
const MANY = `---\ndescription: Many\ninputs:\n  tone: { type: choice, options: [${tones}], required: true }\n---\n{{tone}}`

test('each input is an option of its type, with its limits, and files have as many as they may be', () => {
  const { commands, problems } = catalog({ brief: BRIEF })
  expect(problems).toEqual([])
  checkCommands(commands as unknown as Json[])
  expect(commands[2]).toMatchObject({
    name: 'brief',
    options: [
      { name: 'topic', type: 3, required: true, max_length: 200 },
      { name: 'notes', type: 3, required: false },
      {
        name: 'tone',
        type: 3,
        description: 'one of plain, playful, formal (default plain)',
        choices: [{ value: 'plain' }, {}, {}],
      },
      { name: 'words', type: 4, min_value: 100, max_value: 5000 },
      { name: 'sources', type: 11 },
      { name: 'publish', type: 5 },
      { name: 'due', type: 3 },
      { name: 'sources-2', type: 11 },
      { name: 'sources-3', type: 11 },
    ],
  })
})

test('a required text of several lines is left to the form', () => {
  const source = '---\ndescription: Go\ninputs:\n  text: { type: text, multiline: true, required: true }\n---\n{{text}}'
  const instruction = instructionsOf({ go: source }).byName.get('go')
  expect(instruction && optionsOf(instruction)[0]?.option.required).toBe(false)
})

test('a bound that Discord cannot hold is left to the engine', () => {
  const { commands } = catalog({
    go: '---\ndescription: Go\ninputs:\n  a: { type: number, min: 0, max: 1e300 }\n---\nGo',
  })
  checkCommands(commands as unknown as Json[])
  expect(commands[2]).toMatchObject({ options: [{ name: 'a', min_value: 0 }] })
})

test('what Discord cannot hold is named with its remedy, and the rest is registered', () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`do-${i}`, plain]))
  const { commands, problems } = catalog({ errand: plain, ...many })
  expect(commands).toHaveLength(101) // the one for messages does not count
  checkCommands(commands as unknown as Json[])
  expect(problems).toHaveLength(3)
  expect(problems[0]).toBe(
    "Discord: `errand` is the bot's own command: rename errand.md. Until then, `/errand run` runs it.",
  )
  expect(problems[1]).toContain('`do-99` is one command too many, 100 are allowed: remove an instruction.')
})

test('more than 25 choices are suggested while they are typed, instructions only to who may run them', async () => {
  const { discord } = await openDiscord({
    instructions: { many: MANY, mine: plain, theirs: MANY.replace('---\n', '---\nallow: [user:discord:5]\n') },
  })
  const choices = async (asked: { answered: number | null; data: Json | null }) => {
    await eventually(() => expect(asked.answered).toBe(8))
    return ((asked.data?.choices ?? []) as { value: string }[]).map(({ value }) => value)
  }
  expect(await choices(discord.suggest('many', 'tone', ''))).toEqual(tones.slice(0, 25))
  expect(await choices(discord.suggest('many', 'tone', '26'))).toEqual(['tone-26'])
  expect(await choices(discord.suggest('errand run', 'instruction', ''))).toEqual(['many', 'mine'])
  const byAdmin = discord.suggest('errand run', 'instruction', '', { user: BEN })
  expect(await choices(byAdmin)).toEqual(['many', 'mine', 'theirs'])
  expect(await choices(discord.suggest('theirs', 'tone', '26'))).toEqual([])
  expect(await choices(discord.suggest('theirs', 'tone', '26', { user: BEN }))).toEqual(['tone-26'])
})
