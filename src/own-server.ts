import { z } from 'zod'
import type { Config } from './config.ts'

const WAIT_MS = 1000
/** The address at which a server with this configuration answers; null when none does. */
export async function ownServerAt({ host, port }: Pick<Config, 'host' | 'port'>): Promise<string | null> {
  if (port === 0) return null // it would have taken any
  const reached = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host
  const url = `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
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
