import { z } from 'zod'
import type { Config } from './config.ts'

const WAIT_MS = 1000

type Address = Pick<Config, 'host' | 'port'>

/** Where a server that listens there is reached from this machine, without a slash at its end. */
export function localUrl({ host, port }: Address): string {
  const reached = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

/** The address at which a server with this configuration answers; null when none does. */
export async function ownServerAt({ host, port }: Address): Promise<string | null> {
  if (port === 0) return null // it would have taken any
  const url = localUrl({ host, port })
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(WAIT_MS) })
    .then(response => response.json())
    .catch(() => null) // nobody is there, or somebody else
  return ours.safeParse(answer).success ? url : null
}

/** A healthy server counts its jobs; one that is not well answers with a problem in our words. */
const ours = z.union([
  z.object({ version: z.string(), queued: z.number(), running: z.number() }),
  z.object({ title: z.literal('Unhealthy') }),
])
