import { createHmac, timingSafeEqual } from 'node:crypto'

/** A file that a link is for; of another content under the same name it opens nothing. */
export type LinkedFile = { job: string; path: string; sha256: string }

const LIFE_MS = 7 * 24 * 60 * 60_000
/** 128 bits of the signature: nobody guesses them, and a post has room for the link. */
const MAC_CHARS = 22

/** The last part of a link's address: the job, the path and when it ends, signed together with the checksum. */
export function signFile(key: string, { job, path, sha256 }: LinkedFile, now: Date): string {
  const until = Math.floor((now.getTime() + LIFE_MS) / 1000)
  const named = Buffer.from(JSON.stringify([job, until, path])).toString('base64url')
  return `${named}.${macOf(key, named, sha256)}`
}

/** What a link names, before anybody knows whether it is signed; null for what names nothing. */
export function readLink(signed: string): { job: string; path: string; until: Date } | null {
  try {
    const [job, until, path] = JSON.parse(Buffer.from(signed.split('.')[0] ?? '', 'base64url').toString()) as unknown[]
    if (typeof job !== 'string' || typeof path !== 'string' || typeof until !== 'number') return null
    return { job, path, until: new Date(until * 1000) }
  } catch {
    return null
  }
}

/** True when the link was made with this key for a file of this checksum. */
export function isSigned(key: string, signed: string, sha256: string): boolean {
  const [named = '', mac = '', ...rest] = signed.split('.')
  const wanted = Buffer.from(macOf(key, named, sha256))
  const given = Buffer.from(mac)
  return rest.length === 0 && given.length === wanted.length && timingSafeEqual(given, wanted)
}

const macOf = (key: string, named: string, sha256: string): string =>
  createHmac('sha256', key).update(`${named}.${sha256}`).digest('base64url').slice(0, MAC_CHARS)
