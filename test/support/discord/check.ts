import type { Component, Json } from './state.ts'
import { Refusal } from './state.ts'

const invalid = (what: string): never => {
  throw new Refusal(400, 50035, `Invalid Form Body: ${what}`)
}

/** Refuses what Discord refuses of a message. */
export function checkMessage(body: Json, files: number): void {
  const content = (body.content as string | null | undefined) ?? ''
  const components = (body.components as Component[] | undefined) ?? []
  if (content.length > 2000) invalid(`content has ${content.length} characters, 2000 are allowed`)
  if (files > 10) invalid('more than 10 files')
  if (content === '' && files === 0 && components.length === 0) throw new Refusal(400, 50006, 'empty message')
  if (typeof body.nonce === 'string' && body.nonce.length > 25) invalid('nonce is longer than 25')
  const embeds = (body.embeds as Json[] | undefined) ?? []
  if (embeds.length > 10 || JSON.stringify(embeds).length > 6000) invalid('embeds are too large')
  checkComponents(components)
}

function checkComponents(rows: Component[]): void {
  if (rows.length > 5) invalid('more than 5 rows')
  const ids = new Set<string>()
  for (const row of rows) {
    const inner = row.components ?? []
    if (inner.length === 0 || inner.length > 5) invalid(`a row of ${inner.length}`)
    for (const component of inner) checkComponent(component, ids, inner.length)
  }
}

function checkComponent(component: Component, ids: Set<string>, beside: number): void {
  const id = component.custom_id ?? ''
  if (id.length < 1 || id.length > 100) invalid(`custom_id of ${id.length}`)
  if (ids.has(id)) invalid(`custom_id ${id} twice`)
  ids.add(id)
  if (component.type === 2 && (component.label ?? '').length > 80) invalid('label over 80')
  if (component.type === 3) {
    if (beside !== 1) invalid('a select shares its row')
    checkOptions(component)
  }
}

function checkOptions(component: Component): void {
  const options = (component.options as Json[] | undefined) ?? []
  if (options.length < 1 || options.length > 25) invalid(`a select of ${options.length}`)
  for (const { label, value, description } of options) {
    if (String(label).length > 100 || String(value).length > 100) invalid('an option over 100')
    if (String(description ?? '').length > 100) invalid('a description over 100')
  }
  if (new Set(options.map(option => option.value)).size !== options.length) invalid('a value twice')
}

/** Refuses what Discord refuses of a modal. */
export function checkModal(body: Json): void {
  if (String(body.title).length > 45) invalid('title over 45')
  const labels = (body.components as Component[] | undefined) ?? []
  if (labels.length < 1 || labels.length > 5) invalid(`a modal of ${labels.length}`)
  const ids = new Set<string>([String(body.custom_id)])
  if (String(body.custom_id).length > 100) invalid('custom_id over 100')
  for (const label of labels) {
    if ((label.label ?? '').length < 1 || (label.label ?? '').length > 45) invalid(`label "${label.label}"`)
    if (String(label.description ?? '').length > 100) invalid('description over 100')
    const inner = label.component as Component
    const id = inner.custom_id ?? ''
    if (id.length < 1 || id.length > 100 || ids.has(id)) invalid(`custom_id "${id}"`)
    ids.add(id)
    if (inner.type === 3) checkOptions(inner)
    if (inner.type === 4) checkTextInput(inner)
  }
}

function checkTextInput(input: Component): void {
  if (String(input.value ?? '').length > Number(input.max_length ?? 4000)) invalid('value over max_length')
  if (Number(input.max_length ?? 1) > 4000 || Number(input.max_length ?? 1) < 1) invalid('max_length over 4000')
  if (String(input.placeholder ?? '').length > 100) invalid('placeholder over 100')
}

/** Refuses what Discord refuses of a list of commands. */
export function checkCommands(commands: Json[]): void {
  if (commands.filter(command => (command.type ?? 1) === 1).length > 100) invalid('more than 100 commands')
  const names = commands.map(command => `${command.type ?? 1} ${command.name}`)
  if (new Set(names).size !== names.length) invalid('APPLICATION_COMMANDS_DUPLICATE_NAME')
  for (const command of commands) {
    if ((command.type ?? 1) === 1) checkNamed(command)
    if (charactersOf(command) > 8000) invalid(`${command.name} has more than 8000 characters`)
  }
}

function checkNamed({ name, description, options = [], choices = [], type, ...rest }: Json): void {
  if (!/^[-_\p{Ll}\p{N}]{1,32}$/u.test(String(name))) invalid(`name ${name}`)
  const length = String(description).length
  if (length < 1 || length > 100) invalid(`description of ${name} has ${length}`)
  const list = options as Json[]
  if (list.length > 25 || (choices as Json[]).length > 25) invalid(`${name} has too many`)
  if (rest.autocomplete && (choices as Json[]).length > 0) invalid(`${name} has choices and autocomplete`)
  if (type === 3 && Number(rest.max_length ?? 1) > 6000) invalid(`${name} max_length`)
  const firstOptional = list.findIndex(option => !option.required && Number(option.type) > 2)
  if (firstOptional >= 0 && list.slice(firstOptional).some(option => option.required))
    invalid(`${name}: required options must be placed before non-required options`)
  if (new Set(list.map(option => option.name)).size !== list.length) invalid(`${name}: an option twice`)
  list.forEach(checkNamed)
}

const charactersOf = ({ name = '', description = '', value = '', options = [], choices = [] }: Json): number =>
  `${name}${description}${value}`.length +
  [...(options as Json[]), ...(choices as Json[])].reduce((sum, part) => sum + charactersOf(part), 0)
