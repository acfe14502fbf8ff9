import type { Component, Json } from './state.ts'
import { Refusal } from './state.ts'

export const invalid = (what: string): never => {
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
  if (component.type === 2) checkButton(component)
  else if (component.type !== 3) invalid(`a component of type ${component.type}`)
  if (component.type === 3) {
    if (beside !== 1) invalid('a select shares its row')
    checkSelect(component)
  }
}

function checkButton({ label = '', style }: Component): void {
  if (label.length < 1 || label.length > 80) invalid(`label of ${label.length}`)
  if (![1, 2, 3, 4].includes(Number(style))) invalid(`style ${style}`)
}

function checkSelect({ options: given, placeholder, min_values = 1, max_values = 1, ...rest }: Component): void {
  const options = (given as Json[] | undefined) ?? []
  if (options.length < 1 || options.length > 25) invalid(`a select of ${options.length}`)
  for (const { label, value, description } of options) {
    if (!isWithin(label, 1, 100) || !isWithin(value, 1, 100)) invalid(`an option "${label}"`)
    if (description !== undefined && !isWithin(description, 1, 100)) invalid('a description of an option')
  }
  if (new Set(options.map(option => option.value)).size !== options.length) invalid('a value twice')
  if (String(placeholder ?? '').length > 150) invalid('placeholder over 150')
  if (Number(min_values) > Number(max_values) || Number(max_values) > options.length) invalid('more than there are')
  if (options.filter(option => option.default).length > Number(max_values)) invalid('more defaults than values')
  if (rest.required === true && Number(min_values) === 0) invalid('required, and none will do')
}

const isWithin = (text: unknown, min: number, max: number): boolean =>
  typeof text === 'string' && text.trim().length >= min && text.length <= max

/** Refuses what Discord refuses of a modal. */
export function checkModal(body: Json): void {
  if (!isWithin(body.title, 1, 45)) invalid(`title "${body.title}"`)
  const labels = (body.components as Component[] | undefined) ?? []
  if (labels.length < 1 || labels.length > 5) invalid(`a modal of ${labels.length}`)
  const ids = new Set<string>([String(body.custom_id)])
  if (!isWithin(body.custom_id, 1, 100)) invalid('custom_id over 100')
  for (const label of labels) {
    if (!isWithin(label.label, 1, 45)) invalid(`label "${label.label}"`)
    if (label.description !== undefined && !isWithin(label.description, 1, 100)) invalid('description over 100')
    const inner = label.component as Component
    const id = inner.custom_id ?? ''
    if (id.length < 1 || id.length > 100 || ids.has(id)) invalid(`custom_id "${id}"`)
    ids.add(id)
    if (inner.type === 3) checkSelect({ required: true, ...inner })
    else if (inner.type === 4) checkTextInput(inner)
    else if (inner.type === 19) checkUpload({ required: true, ...inner })
    else invalid(`a component of type ${inner.type}`)
  }
}

function checkTextInput({ value = '', max_length = 4000, placeholder = '', style }: Component): void {
  if (String(value).length > Number(max_length)) invalid('value over max_length')
  if (Number(max_length) > 4000 || Number(max_length) < 1) invalid('max_length over 4000')
  if (String(placeholder).length > 100) invalid('placeholder over 100')
  if (style !== 1 && style !== 2) invalid(`style ${style}`)
}

function checkUpload({ min_values = 1, max_values = 1, required }: Component): void {
  if (Number(max_values) < 1 || Number(max_values) > 10) invalid(`max_values ${max_values}`)
  if (Number(min_values) > Number(max_values)) invalid('min_values over max_values')
  if (required === true && Number(min_values) === 0) invalid('required, and none will do')
}
