import { openAsBlob } from 'node:fs'
import { count } from '../../words.ts'
import { elsewhere } from '../elsewhere.ts'
import type { PostFile } from '../platform.ts'
import { slackError, slackReason, type Web } from './web.ts'

/** Files that were uploaded, by Slack's ids, and a line about those that were not. Nobody sees them until they are shared. */
export type Uploaded = { ids: string[]; lost: string | null }

/** Where uploaded files are to be shown. */
export type Sharing = { channel: string; thread: string; ids: readonly string[] }

/** At this point the files are ids: what they are called is not known any more. */
const WHERE = '`errand files`, with the id on the card, says where they are.'

/** How long the bytes of one file may take: the largest take minutes on a slow line. */
const UPLOAD_MS = 10 * 60_000

/** The first two of the three steps of an upload, which can be done again without anyone seeing it. */
export async function uploadFiles(web: Web, files: readonly PostFile[]): Promise<Uploaded> {
  const ids: string[] = []
  const lost: PostFile[] = []
  const reasons = new Set<string>()
  for (const file of files) {
    try {
      ids.push(await uploadFile(web, file))
    } catch (error) {
      lost.push(file)
      reasons.add(slackReason(error))
    }
  }
  return { ids, lost: lost.length === 0 ? null : elsewhere(lost, [...reasons].join(', ')) }
}

async function uploadFile(web: Web, file: PostFile): Promise<string> {
  const bytes = 'file' in file ? await openAsBlob(file.file) : new Blob([file.text])
  const { upload_url: url, file_id: id } = await web.call('files.getUploadURLExternal', client =>
    client.files.getUploadURLExternal({ filename: file.name, length: bytes.size }),
  )
  if (!url || !id) throw new Error('Slack named no place for the file')
  const answer = await fetch(url, { method: 'POST', body: bytes, signal: AbortSignal.timeout(UPLOAD_MS) })
  if (!answer.ok) throw new Error(`Slack's file store answered ${answer.status}`)
  return id
}

/**
 * The third step: shows the files in a thread. It is not repeatable, so a file that Slack knows as shared there is left
 * as it is.
 */
export async function shareFiles(web: Web, { channel, thread, ids }: Sharing): Promise<void> {
  try {
    await complete(web, { channel, thread, ids })
  } catch (error) {
    // Uncertain, or done before: each file says itself whether it is there.
    const missing = await stillHidden(web, ids)
    if (missing.length === 0) return
    const why = slackError(error)
    if (why === null) throw error // it may have failed on the way: the next look shares them
    await sayLost(web, { channel, thread, ids: missing }, why)
  }
}

/** What Slack refuses it refuses again: the thread says so, since the answer above promises files. */
async function sayLost(web: Web, { channel, thread, ids }: Sharing, why: string): Promise<void> {
  const text = `${count(ids.length, 'file')} could not be posted: Slack refused with ${why}. ${WHERE}`
  await web.call(`chat.postMessage ${channel}`, client => client.chat.postMessage({ channel, thread_ts: thread, text }))
}

async function complete(web: Web, { channel, thread, ids }: Sharing): Promise<void> {
  const [first, ...rest] = ids.map(id => ({ id }))
  if (!first) return
  await web.call('files.completeUploadExternal', client =>
    client.files.completeUploadExternal({ files: [first, ...rest], channel_id: channel, thread_ts: thread }),
  )
}

/** Those of the files that Slack does not know yet: it learns of a file when its upload is completed. */
async function stillHidden(web: Web, ids: readonly string[]): Promise<string[]> {
  const hidden: string[] = []
  for (const id of ids) {
    try {
      await web.call('files.info', client => client.files.info({ file: id }))
    } catch (error) {
      if (slackError(error) !== 'file_not_found') throw error
      hidden.push(id)
    }
  }
  return hidden
}
