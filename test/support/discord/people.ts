import { addMessage, dmChannel, permissionsIn, type Wire } from './routes.ts'
import {
  ANN,
  type Attachment,
  BEN,
  BOT,
  type Channel,
  type Component,
  type Interaction,
  type Json,
  type Message,
  messageJson,
  ROLE,
  type User,
} from './state.ts'

type Where = { user?: User; channel?: string }
type Named = { name: string; text: string }
type Said = { files?: Named[]; replyTo?: Message; silently?: boolean }
type Given = Record<string, string | number | boolean | { name: string; text: string }>

/** What people do, and what they see. */
export type People = {
  /** Writes a message; `<@900>` is the bot. One that replies to another mentions its author, as Discord does unless told not to. */
  say(content: string, where?: Where & Partial<Pick<Message, 'type' | 'webhook_id'>> & Said): Message
  /** Gives a slash command: `brief`, or `errand run`. */
  slash(name: string, options?: Given, where?: Where): Interaction
  /** What is suggested while an option is typed. */
  suggest(name: string, focused: string, typed: string, where?: Where): Interaction
  /** The message command of that name. */
  runOn(message: Message, name: string, where?: Where): Interaction
  /** Presses the button with this label on a message. */
  press(message: Message, label: string, where?: Where): Interaction
  /** Sends what a client of their own making would: a component with this id, whatever the message has. */
  forge(message: Message, customId: string, values?: string[]): Interaction
  /** Chooses in the menu of a message, by the labels of its options. */
  choose(message: Message, labels: string[], where?: Where): Interaction
  /** Fills in the form that an interaction opened, by the labels of its fields. */
  submit(form: Interaction, values: Record<string, string | string[] | { name: string; text: string }[]>): Interaction
  /** Everything that a channel and its threads show, as people read it. */
  text(): string
  messages(channel?: string): Message[]
  /** What only one person saw of an interaction. */
  seen(interaction: Interaction): string
}

export function createPeople(wire: Wire): People {
  const { state } = wire
  const emit = (type: number, data: Json, { user = ANN, channel = '600' }: Where, message?: Message): Interaction => {
    const id = state.snowflake()
    const place = state.channels.get(channel) ?? dmChannel(state)
    const interaction: Interaction = {
      ...{ id, token: `token-${id}`, at: state.now(), type, user, channel },
      ...{ answered: null, answeredAfterMs: null, data: null, seen: new Map(), original: null },
    }
    state.interactions.set(id, interaction)
    wire.send('INTERACTION_CREATE', {
      ...interactionJson(wire, interaction, place),
      data,
      ...(message && { message: messageJson(state, message) }),
    })
    return interaction
  }
  const upload = ({ name, text }: { name: string; text: string }): Attachment => {
    const body = Buffer.from(text)
    const id = state.snowflake()
    const made = {
      id,
      filename: name,
      size: body.length,
      url: `${wire.url()}/cdn/${id}/${name}`,
      content_type: 'text/plain',
      body,
    }
    state.uploads.set(id, made)
    return made
  }
  const slashData = (name: string, options: Given, focused?: string) => {
    const [top = '', ...subs] = name.split(' ')
    const channels: Record<string, Json> = {}
    const attachments: Record<string, Json> = {}
    const list = Object.entries(options).map(([key, value]) => {
      const focus = key === focused ? { focused: true } : {}
      const channel = typeof value === 'string' ? /^<#(\d+)>$/.exec(value)?.[1] : undefined
      if (channel !== undefined) {
        const { denied, ...shown } = state.channels.get(channel) ?? dmChannel(state)
        channels[channel] = { ...shown, permissions: '0' }
        return { name: key, type: 7, value: channel }
      }
      if (typeof value !== 'object') {
        const type = typeof value === 'string' ? 3 : typeof value === 'boolean' ? 5 : Number.isInteger(value) ? 4 : 10
        return { name: key, type, value, ...focus }
      }
      const { body, ...file } = upload(value)
      attachments[file.id] = file
      return { name: key, type: 11, value: file.id }
    })
    const data = { id: '1', name: top, type: 1, resolved: { attachments, channels } }
    // The innermost word is the subcommand, one before it a group.
    const wrap = (inner: Json[], sub: string, i: number) => [{ type: i === 0 ? 1 : 2, name: sub, options: inner }]
    return { ...data, options: subs.reverse().reduce(wrap, list as Json[]) }
  }
  return {
    say: (content, { user = ANN, channel = '600', files = [], replyTo, silently, ...rest } = {}) => {
      const place = state.channels.get(channel) ?? dmChannel(state)
      const mentions = new Set([
        ...[BOT, BEN].filter(({ id }) => content.includes(`<@${id}>`)),
        ...(replyTo && !silently ? [replyTo.author] : []),
      ])
      const message: Message = {
        ...{ id: state.snowflake(), channel_id: place.id, author: user, content, flags: 0, components: [] },
        ...{ attachments: files.map(upload), mentions: [...mentions] },
        ...(replyTo && { message_reference: { message_id: replyTo.id, channel_id: replyTo.channel_id } }),
        ...rest,
      }
      addMessage(wire, place, message)
      return message
    },
    slash: (name, options = {}, where = {}) => emit(2, slashData(name, options), where),
    suggest: (name, focused, typed, where = {}) => emit(4, slashData(name, { [focused]: typed }, focused), where),
    runOn: (message, name, where = {}) =>
      emit(
        2,
        {
          id: '1',
          name,
          type: 3,
          target_id: message.id,
          resolved: { messages: { [message.id]: messageJson(state, message) } },
        },
        where,
      ),
    press: (message, label, where = {}) => {
      const button = partsOf(message).find(part => part.type === 2 && part.label === label)
      if (!button) throw new Error(`there is no button ${label} on: ${drawn(message)}`)
      return emit(
        3,
        { component_type: 2, custom_id: button.custom_id },
        { channel: message.channel_id, ...where },
        message,
      )
    },
    forge: (message, custom_id, values) => {
      const data = { component_type: values ? 3 : 2, custom_id, ...(values && { values }) }
      return emit(3, data, { channel: message.channel_id }, message)
    },
    choose: (message, labels, where = {}) => {
      const menu = partsOf(message).find(part => part.type === 3)
      const options = (menu?.options ?? []) as { label: string; value: string }[]
      const values = labels.map(label => options.find(option => option.label === label)?.value)
      if (values.includes(undefined)) throw new Error(`no option ${labels} on: ${drawn(message)}`)
      return emit(
        3,
        { component_type: 3, custom_id: menu?.custom_id, values },
        { channel: message.channel_id, ...where },
        message,
      )
    },
    submit: (form, values) => {
      const attachments: Record<string, Json> = {}
      const fields = ((form.data?.components ?? []) as Component[]).map(label => {
        const { type, custom_id, value: before } = label.component as Component
        const value = Object.hasOwn(values, label.label ?? '')
          ? values[label.label ?? '']
          : (before ?? (type === 4 ? '' : []))
        if (type === 4) return { type: 18, id: 1, component: { type, id: 2, custom_id, value } }
        const list = (value as (string | { name: string; text: string })[]).map(one => {
          if (typeof one === 'string') return one
          const { body, ...file } = upload(one)
          attachments[file.id] = file
          return file.id
        })
        return { type: 18, id: 1, component: { type, id: 2, custom_id, values: list } }
      })
      return emit(5, { custom_id: form.data?.custom_id, components: fields, resolved: { attachments } }, form)
    },
    messages: (channel = '600') => [...state.messages.values()].filter(message => message.channel_id === channel),
    seen: interaction => [...interaction.seen.values()].map(drawn).join('\n'),
    text: () => {
      const shown = (channel: string, indent: string): string[] =>
        [...state.messages.values()]
          .filter(message => message.channel_id === channel)
          .flatMap(message => [
            drawn(message).replaceAll(/^/gm, indent),
            ...(state.channels.has(message.id) ? [`${indent}  # ${state.channels.get(message.id)?.name}`] : []),
            ...(state.channels.has(message.id) ? shown(message.id, `${indent}  `) : []),
          ])
      const open = [...state.channels.values()].filter(({ parent_id, id }) => !parent_id || !state.messages.has(id))
      const whispers = [...state.interactions.values()].flatMap(({ user, seen }) =>
        [...seen.values()].map(message => `(only ${user.username}) ${drawn(message)}`),
      )
      return [...open.flatMap(({ id }) => shown(id, '')), ...whispers].join('\n')
    },
  }
}

export const partsOf = (message: Message): Component[] => message.components.flatMap(row => row.components ?? [])

function drawn(message: Message): string {
  const files = message.attachments.map(({ filename }) => `📎 ${filename}`)
  const parts = partsOf(message).map(part =>
    part.type === 3
      ? `<${(part.options as { label: string }[]).map(({ label }) => label).join(' | ')}>`
      : `[${part.label}]`,
  )
  const said = message.content.replaceAll(/[\u200b\u200c]/g, '')
  return [`${message.author.username}: ${said}`, ...files, ...(parts.length > 0 ? [parts.join(' ')] : [])].join('\n')
}

function interactionJson({ state }: Wire, { id, token, type, user }: Interaction, place: Channel): Json {
  const permissions = String(permissionsIn(state, place))
  const member = {
    user,
    roles: [ROLE],
    permissions,
    joined_at: '2026-01-01T00:00:00.000Z',
    nick: null,
    deaf: false,
    mute: false,
    flags: 0,
  }
  const { denied, ...channel } = place
  return {
    ...{ id, application_id: BOT.id, type, token, version: 1, channel_id: place.id, channel, locale: 'en-US' },
    ...{
      app_permissions: permissions,
      entitlements: [],
      authorizing_integration_owners: {},
      attachment_size_limit: 10_485_760,
    },
    ...(place.guild_id ? { guild_id: place.guild_id, member, guild_locale: 'en-US' } : { user }),
  }
}
