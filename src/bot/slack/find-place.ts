import { UserError } from '../../errors.ts'
import type { Request } from '../platform.ts'
import { placeKey, userOf } from './address.ts'
import type { People } from './people.ts'
import { slackError, type Web } from './web.ts'

/**
 * The key of another channel, given by its id or its key, where this person is and the bot may post. Rejects with a
 * UserError for any other.
 */
export async function findPlace(
  request: Request,
  channel: string,
  { web, people }: { web: Web; people: Pick<People, 'mayPost'> },
): Promise<string> {
  const id = /^(?:channel:slack:)?([CG][A-Z0-9]{5,})$/.exec(channel)?.[1]
  if (id === undefined || !(await isIn(web, id, userOf(request.actor))))
    throw new UserError(
      `I know no channel \`${channel}\` that you are in. Choose it from what Slack offers as you type \`#\`.`,
    )
  const there = { ...request, place: placeKey(id) }
  await people.mayPost(there)
  return there.place
}

/** True where a person may write: in every public channel, and in the others that they are in. */
async function isIn(web: Web, channel: string, user: string): Promise<boolean> {
  try {
    const { channel: found } = await web.call(`conversations.info ${channel}`, client =>
      client.conversations.info({ channel }),
    )
    if (!found?.is_private) return found !== undefined
    for (let cursor = ''; ; ) {
      const page = await web.call(`conversations.members ${channel}`, client =>
        client.conversations.members({ channel, limit: 1000, ...(cursor && { cursor }) }),
      )
      if (page.members?.includes(user)) return true
      cursor = page.response_metadata?.next_cursor ?? ''
      if (cursor === '') return false
    }
  } catch (error) {
    if (slackError(error) === 'channel_not_found') return false
    throw error
  }
}
