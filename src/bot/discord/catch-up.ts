import { type Client, Events, type Message, SnowflakeUtil, type TextBasedChannel } from 'discord.js'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'

/** Looked back from the last message that was heard; what is found twice is taken once. */
const OVERLAP_MS = 10_000
/** What Discord gives at once. */
const PAGE = 100

/**
 * After a session that could not be resumed, hands in the messages that nobody heard in between, oldest first. Commands
 * that were given then are lost: Discord has told the person so.
 */
export function catchUp(
  client: Client,
  { isMeant, handIn, log }: { isMeant(message: Message): boolean; handIn(message: Message): void; log: Log },
): void {
  let heardAt: number | null = null
  client.on(Events.MessageCreate, ({ createdTimestamp }) => {
    heardAt = Math.max(heardAt ?? 0, createdTimestamp)
  })
  client.on(Events.ShardReady, () => {
    const since = heardAt
    heardAt ??= Date.now() // by Discord's clock from the first message on
    if (since === null) return
    missedSince(client, SnowflakeUtil.generate({ timestamp: since - OVERLAP_MS }), log)
      .then(messages => messages.filter(isMeant).forEach(handIn))
      .catch(error => log.error({ err: error }, 'Discord: what was said in between could not be looked up'))
  })
}

/** Messages of every place that has some after this id; of a direct message nothing says whether it has. */
async function missedSince(client: Client, after: bigint, log: Log): Promise<Message[]> {
  const found: Message[] = []
  for (const channel of client.channels.cache.values()) {
    if (!channel.isTextBased()) continue
    if (!channel.isDMBased() && BigInt(channel.lastMessageId ?? 0) <= after) continue
    try {
      found.push(...(await allAfter(channel, String(after))))
    } catch (error) {
      log.warn(`Discord: channel ${channel.id} could not be read (${messageOf(error)})`)
    }
  }
  return found.sort((a, b) => a.createdTimestamp - b.createdTimestamp)
}

/** Page by page, from the oldest on. */
async function allAfter(channel: TextBasedChannel, after: string): Promise<Message[]> {
  const page = [...(await channel.messages.fetch({ after, limit: PAGE })).values()]
  const newest = page.toSorted((a, b) => Number(BigInt(b.id) - BigInt(a.id)))[0]
  return page.length < PAGE || !newest ? page : [...page, ...(await allAfter(channel, newest.id))]
}
