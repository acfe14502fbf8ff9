import { z } from 'zod'

/** What Slack sends, as far as the bot reads it. */

/** A file as a message names it. */
const file = z.object({
  id: z.string(),
  name: z.string().nullish(),
  size: z.number().optional(),
  mode: z.string().optional(),
  is_external: z.boolean().optional(),
  url_private: z.string().optional(),
  url_private_download: z.string().optional(),
})
export type SlackFile = z.infer<typeof file>

const files = z.array(file).default([])

export const commandPayload = z.object({
  command: z.string(),
  text: z.string().default(''),
  user_id: z.string(),
  user_name: z.string(),
  channel_id: z.string(),
  trigger_id: z.string(),
  response_url: z.string().optional(),
})

/** `app_mention` and `message`. */
export const messagePayload = z.object({
  user: z.string().optional(),
  bot_id: z.string().optional(),
  subtype: z.string().optional(),
  channel: z.string(),
  text: z.string().default(''),
  ts: z.string(),
  thread_ts: z.string().optional(),
  files,
})
export type SlackMessage = z.infer<typeof messagePayload>

const person = z.object({ id: z.string(), username: z.string().optional(), name: z.string().optional() })

export const pressPayload = z.object({
  user: person,
  channel: z.object({ id: z.string() }).optional(),
  container: z.object({ channel_id: z.string().optional(), thread_ts: z.string().optional() }).default({}),
  message: z.object({ thread_ts: z.string().optional(), ts: z.string().optional() }).optional(),
  trigger_id: z.string(),
  response_url: z.string().optional(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().default('') })).min(1),
})
export type Press = z.infer<typeof pressPayload>

const field = z.object({
  value: z.string().nullish(),
  selected_date: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_options: z.array(z.object({ value: z.string() })).optional(),
  files: z.array(file).optional(),
})

/** What Slack says of a field. */
export type FieldState = z.infer<typeof field>

/** A form that was sent. */
export const sentForm = z.object({
  user: person,
  trigger_id: z.string().optional(),
  view: z.object({
    id: z.string(),
    private_metadata: z.string().transform((text): unknown => JSON.parse(text)),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), field)) }),
  }),
})
export type SentForm = z.infer<typeof sentForm>

/** An entry of a message's menu. */
export const messageMenu = z.object({
  user: person,
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional(), text: z.string().default(''), files }),
  trigger_id: z.string(),
  response_url: z.string().optional(),
})
export type MessageMenu = z.infer<typeof messageMenu>
