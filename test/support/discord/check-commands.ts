import { invalid } from './check.ts'
import type { Json } from './state.ts'

const [SUB, GROUP, STRING, INTEGER, NUMBER] = [1, 2, 3, 4, 10]
/** Numbers beyond are not whole any more. */
const MOST = 2 ** 53

/** Refuses what Discord refuses of a list of commands. */
export function checkCommands(commands: Json[]): void {
  if (commands.filter(command => (command.type ?? 1) === 1).length > 100) invalid('more than 100 commands')
  const names = commands.map(command => `${command.type ?? 1} ${command.name}`)
  if (new Set(names).size !== names.length) invalid('APPLICATION_COMMANDS_DUPLICATE_NAME')
  for (const command of commands) {
    if ((command.type ?? 1) === 1) checkNamed(command, 0)
    else if (!isWithin(command.name, 32) || command.description || command.options) invalid(`command ${command.name}`)
    if (charactersOf(command) > 8000) invalid(`${command.name} has more than 8000 characters`)
  }
}

function checkNamed({ name, description, options = [], choices = [], type, ...rest }: Json, depth: number): void {
  if (!/^[-_\p{Ll}\p{N}]{1,32}$/u.test(String(name))) invalid(`name ${name}`)
  if (!isWithin(description, 100)) invalid(`description of ${name}: "${description}"`)
  const list = options as Json[]
  if (list.length > 25) invalid(`${name} has too many`)
  if (depth > 0) checkOption({ name, choices, type, ...rest })
  const isParent = list.some(option => Number(option.type) <= GROUP)
  if (isParent && list.some(option => Number(option.type) > GROUP)) invalid(`${name} mixes subcommands and options`)
  if (isParent && depth > 0 && (type !== GROUP || list.some(option => option.type !== SUB))) invalid(`${name}: nested`)
  if (!isParent && list.length > 0 && depth > 0 && type !== SUB) invalid(`${name} may have no options`)
  const firstOptional = list.findIndex(option => !option.required && Number(option.type) > GROUP)
  if (firstOptional >= 0 && list.slice(firstOptional).some(option => option.required))
    invalid(`${name}: required options must be placed before non-required options`)
  if (new Set(list.map(option => option.name)).size !== list.length) invalid(`${name}: an option twice`)
  for (const option of list) checkNamed(option, depth + 1)
}

function checkOption({ name, choices: given, type, autocomplete, min_value, max_value, max_length }: Json): void {
  const choices = given as Json[]
  if (choices.length > 25) invalid(`${name} has too many choices`)
  if (autocomplete && choices.length > 0) invalid(`${name} has choices and autocomplete`)
  const takesChoices = type === STRING || type === INTEGER || type === NUMBER
  if ((autocomplete || choices.length > 0) && !takesChoices) invalid(`${name} of type ${type} takes no choices`)
  for (const choice of choices) checkChoice(choice)
  if (new Set(choices.map(choice => choice.name)).size !== choices.length) invalid(`${name}: a choice twice`)
  if (max_length !== undefined && (type !== STRING || Number(max_length) < 1 || Number(max_length) > 6000))
    invalid(`${name} max_length ${max_length}`)
  for (const bound of [min_value, max_value].filter(bound => bound !== undefined))
    if (Math.abs(Number(bound)) > MOST || (type === INTEGER && !Number.isInteger(bound))) invalid(`${name}: ${bound}`)
  if (Number(min_value ?? -MOST) > Number(max_value ?? MOST)) invalid(`${name}: min_value over max_value`)
}

/** Refuses what Discord refuses of a choice, registered or suggested. */
export function checkChoice({ name, value }: Json): void {
  if (!isWithin(name, 100)) invalid(`choice "${name}"`)
  if (typeof value === 'string' && !isWithin(value, 100)) invalid(`value "${value}"`)
}

const isWithin = (text: unknown, max: number): boolean =>
  typeof text === 'string' && text.trim() !== '' && text.length <= max

const charactersOf = ({ name = '', description = '', value = '', options = [], choices = [] }: Json): number =>
  `${name}${description}${value}`.length +
  [...(options as Json[]), ...(choices as Json[])].reduce((sum, part) => sum + charactersOf(part), 0)
