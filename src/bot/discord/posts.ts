import {
  AttachmentBuilder,
  CannotSendMessagesToThisUserErrorCodes,
  type Client,
  DiscordAPIError,
  MessageFlags,
  RESTJSONErrorCodes,
} from 'discord.js'
import { messageOf, UserError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Controls } from '../controls.ts'
import { elsewhere, withNote } from '../elsewhere.ts'
import type { Platform, PostFile } from '../platform.ts'
import { rowsOf } from './actions.ts'
import { addressOf, idOf, refOf } from './address.ts'
import { contentOf, markIn, markOf, nonceOf, TEXT_CHARS } from './content.ts'
import { awake, createThreads, isOutOfReach, sendable } from './threads.ts'

/** How many of the newest messages are looked through for a post. */
const LOOKED_THROUGH = 100

type PostsOptions = { client: () => Client; controls: Controls; log: Log }

/** The posts of the bot, all by its own token: an interaction's dies after 15 minutes. */
export function createPosts({ client, controls, log }: PostsOptions): Pick<Platform, 'post' | 'edit' | 'find'> {
  const threads = createThreads(client)
  return {
    post: async (target, message, key) => {
      const channel = await awake(await threads.reach(target))
      const files = message.files ?? []
      const send = async (text: string, attached: readonly PostFile[]) =>
        await channel.send({
          content: contentOf({ ...message, text }, markOf(key)),
          components: await rowsOf(message.actions ?? [], controls),
          files: attached.map(attachment),
          flags: MessageFlags.SuppressEmbeds,
          nonce: nonceOf(key),
          enforceNonce: true,
        })
      const sent = await send(message.text, files).catch(async error => {
        if (isRefused(error))
          throw new UserError(`Discord user ${idOf(target.place)} takes no direct messages from me.`)
        const why = whyNoFiles(error)
        if (files.length === 0 || why === null) throw error
        const note = elsewhere(files, why)
        return await send(withNote(message, note, TEXT_CHARS), [])
      })
      return refOf({ channel: channel.id, message: sent.id })
    },
    edit: async (ref, message) => {
      const { channel: id, message: post } = addressOf(ref)
      try {
        const channel = await awake(await sendable(client(), id))
        const standing = await channel.messages.fetch(post)
        const content = contentOf(message, markIn(standing.content))
        await standing.edit({ content, components: await rowsOf(message.actions ?? [], controls) })
      } catch (error) {
        if (!isOutOfReach(error)) throw error
        log.info({ post: ref, why: messageOf(error) }, 'a post is out of reach and stays as it is')
      }
    },
    find: async (target, key) => {
      const channel = await threads.reach(target)
      const newest = await channel.messages.fetch({ limit: LOOKED_THROUGH, cache: false })
      const mark = markOf(key)
      const found = newest.find(({ author, content }) => author.id === client().user?.id && markIn(content) === mark)
      return found ? refOf({ channel: channel.id, message: found.id }) : null
    },
  }
}

/** A person may take no direct messages, or have left every server in which the bot is. */
const isRefused = (error: unknown): boolean => error instanceof DiscordAPIError && REFUSALS.includes(error.code)

const REFUSALS: readonly (number | string)[] = CannotSendMessagesToThisUserErrorCodes

/** Why a post may stand without its files: null where that is no reason. */
function whyNoFiles(error: unknown): string | null {
  if (!(error instanceof DiscordAPIError)) return null
  // A server may take less than the limit that holds everywhere else.
  if (error.status === 413) return 'Discord takes no file of this size here'
  return error.code === RESTJSONErrorCodes.MissingPermissions ? 'I may attach no files here any more' : null
}

const attachment = (file: PostFile): AttachmentBuilder =>
  new AttachmentBuilder('text' in file ? Buffer.from(file.text) : file.file, {
    name: file.name.split('/').at(-1) ?? '',
  })
