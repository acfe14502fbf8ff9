import { type ConversationCursor, findThread, setRef } from '../db/conversation.ts'
import { lastJob } from '../db/turn.ts'
import type { Person } from '../job.ts'
import {
  type ConversationDeps,
  type ConversationView,
  viewConversation,
  viewConversations,
} from './conversation-view.ts'
import { type FollowUpDeps, followUp, type Reply } from './follow-up.ts'
import { hasten } from './interrupt.ts'
import { type Rating, rate } from './rate.ts'
import { type ReopenDeps, type Reopening, reopen } from './reopen.ts'
import type { Sooner } from './sooner.ts'
import { giveBack, type TakeoverDeps, takeOver } from './takeover.ts'
import { type VersionStats, versionStats } from './version-stats.ts'
import type { JobView } from './view.ts'

/** What people do with jobs that have ended, and with the conversation that jobs make. */
export type Conversations = {
  /**
   * Takes a failed or cancelled job, the last of its conversation, back to the queue. Throws a UserError: `conflict`
   * when it is not such a one, `forbidden` when it is not for this person.
   */
  reopen(id: string, how: Reopening, by: Person): Promise<JobView>
  /**
   * Goes on with the conversation of a job by a new job; or, with `when: 'now'`, says it into the running turn, and
   * gives the job that has heard it with `said`. Throws a UserError, and then nothing was done.
   */
  followUp(id: string, reply: Reply, by: Person): Promise<{ job: JobView; said: boolean }>
  /** Lets a follow-up that waits behind another job be heard at once; gives the job that goes on with it. */
  hasten(id: string, how: Sooner, by: Person): Promise<JobView>
  /** Holds a job's conversation and gives the shell command that opens its session, for operators on the server. */
  takeOver(id: string, by: Person): Promise<string>
  giveBack(id: string, by: Person): Promise<JobView>
  /** Keeps what somebody thinks of a job's result. */
  rate(id: string, rating: Rating, by: Person): Promise<JobView>
  /** The whole exchange of a thread in order; null when there is none. */
  conversation(id: string): Promise<ConversationView | null>
  /** Newest first; `next` is where the following page begins, null at the end. */
  conversations(page: {
    after?: ConversationCursor | undefined
    limit: number
  }): Promise<{ conversations: ConversationView[]; next: ConversationCursor | null }>
  /** What the versions of an instruction came to, the one that ran last first. */
  versions(instruction: string): Promise<VersionStats[]>
  /** Notes where the thread of a conversation stands, once that is known; the first address stands. */
  keepThread(conversation: string, ref: string): Promise<void>
  /** The last job, to go on from, of the conversation that was last begun in a thread; null when there is none. */
  inThread(place: string, ref: string): Promise<JobView | null>
}

type Parts = FollowUpDeps & ReopenDeps & TakeoverDeps

/** `existing` gives a job that is known to be there, `view` completes stored ones. */
export function createConversations(
  parts: Parts,
  existing: (id: string) => Promise<JobView>,
  view: ConversationDeps['view'],
): Conversations {
  const { db, commit, redact } = parts
  return {
    rate: async (id, rating, by) => {
      await rate(parts, id, rating, by)
      return await existing(id)
    },
    conversation: id => viewConversation({ db, redact, view }, id),
    conversations: page => viewConversations({ db, redact, view }, page),
    versions: instruction => versionStats(db, instruction),
    reopen: async (id, how, by) => {
      await reopen(parts, id, how, by)
      return await existing(id)
    },
    followUp: async (id, reply, by) => {
      const { job, said } = await followUp(parts, id, reply, by)
      return { job: await existing(job), said }
    },
    hasten: async (id, how, by) => await existing(await hasten(parts, id, how, by)),
    takeOver: (id, by) => takeOver(parts, id, by),
    giveBack: async (id, by) => {
      await giveBack(parts, id, by)
      return await existing(id)
    },
    keepThread: (conversation, ref) => commit(trx => setRef(trx, conversation, ref)),
    inThread: async (place, ref) => {
      const conversation = await findThread(db, place, ref)
      const last = conversation && (await lastJob(db, conversation))
      return last ? await existing(last.id) : null
    },
  }
}
