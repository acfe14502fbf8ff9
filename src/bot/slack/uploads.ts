import { openAsBlob } from 'node:fs'
import { elsewhere } from '../elsewhere.ts'
import type { PostFile } from '../platform.ts'
import { escaped } from './text.ts'
import { slackError, slackReason, type Web } from './web.ts'

/** A file that was uploaded, by Slack's id. */
export type UploadedFile = { id: string; name: string }

/** Files that were uploaded, and a line about those that were not. Nobody sees them until they are shared. */
export type Uploaded = { files: UploadedFile[]; lost: string | null }

/** Where uploaded files are to be shown. */
export type Sharing = { channel: string; thread: string; files: readonly UploadedFile[] }

/** At this point whose files they are is not known any more. */
const WHERE = '`errand files`, with the id on the card, says where they are.'

/** How long the bytes of one file may take: the largest take minutes on a slow line. */
const UPLOAD_MS = 10 * 60_000

/** The first two of the three steps of an upload, which can be done again without anyone seeing it. */
export async function uploadFiles(web: Web, files: readonly PostFile[]): Promise<Uploaded> {
  const uploaded: UploadedFile[] = []
  const lost: PostFile[] = []
  const reasons = new Set<string>()
  for (const file of files) {
    try {
      uploaded.push({ id: await uploadFile(web, file), name: file.name })
    } catch (error) {
      lost.push(file)
      reasons.add(slackReason(error))
    }
  }
  return { files: uploaded, lost: lost.length === 0 ? null : elsewhere(lost, [...reasons].join(', ')) }
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
export async function shareFiles(web: Web, { channel, thread, files }: Sharing): Promise<void> {
  try {
    await complete(web, { channel, thread, files })
  } catch (error) {
    // Uncertain, or done before: each file says itself whether it is there.
    const missing = await stillHidden(web, files)
    if (missing.length === 0) return
    const why = slackError(error)
    if (why === null) throw error // it may have failed on the way: the next look shares them
    await sayLost(web, { channel, thread, files: missing }, why)
  }
}

/** What Slack refuses it refuses again: the thread says so, since the answer above promises files. */
async function sayLost(web: Web, { channel, thread, files }: Sharing, why: string): Promise<void> {
  const names = files.map(({ name }) => name).join(', ')
  const text = escaped(`Not posted here, since Slack refused with ${why}: ${names}. ${WHERE}`)
  const quietly = { unfurl_links: false, unfurl_media: false }
  await web.call(`chat.postMessage ${channel}`, client =>
    client.chat.postMessage({ channel, thread_ts: thread, text, ...quietly }),
  )
}

async function complete(web: Web, { channel, thread, files }: Sharing): Promise<void> {
  const [first, ...rest] = files.map(({ id }) => ({ id }))
  if (!first) return
  await web.call('files.completeUploadExternal', client =>
    client.files.completeUploadExternal({ files: [first, ...rest], channel_id: channel, thread_ts: thread }),
  )
}

/** Those of the files that Slack does not know yet: it learns of a file when its upload is completed. */
async function stillHidden(web: Web, files: readonly UploadedFile[]): Promise<UploadedFile[]> {
  const hidden: UploadedFile[] = []
  for (const file of files) {
    try {
      await web.call('files.info', client => client.files.info({ file: file.id }))
    } catch (error) {
      if (slackError(error) !== 'file_not_found') throw error
      hidden.push(file)
    }
  }
  return hidden
}
