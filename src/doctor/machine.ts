import { existsSync } from 'node:fs'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../config.ts'
import { WORKSPACE_BYTES } from '../engine/outputs/limits.ts'
import { messageOf } from '../errors.ts'
import { size } from '../words.ts'
import { type Check, type Finding, fail, ok, warn } from './check.ts'

/** cli.ts lets no older one through; this says which it is. */
export const nodeVersion: Check = { name: 'node', look: async () => ok(process.version) }

/** A folder that the server writes to, or the nearest one above it that is there. */
export const folder = (variable: string, pathOf: (config: Config) => string): Check => ({
  name: variable,
  look: async ({ config }) => {
    const path = pathOf(config)
    const there = nearest(path)
    try {
      if (!(await stat(there)).isDirectory()) throw new Error('it is no folder')
      await access(there, constants.W_OK)
    } catch (error) {
      return fail(
        `${there} cannot be written (${messageOf(error)})`,
        `Make it writable for this user, or set ${variable}.`,
      )
    }
    return ok(there === path ? path : `${path} is made at the first start`)
  },
})

const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)))

/** Room for the jobs that may run at once: each may fill its folders. */
export const diskSpace: Check = {
  name: 'disk',
  look: async ({ config: { dataDir, outputsDir, maxConcurrentJobs } }) => {
    const rooms = await Promise.all([dataDir, outputsDir].map(roomAt))
    const least = Math.min(...rooms)
    return roomFor(least, maxConcurrentJobs)
  },
}

async function roomAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(nearest(path))
  return bavail * bsize
}

/** What so much free space means for so many jobs at once. */
export function roomFor(bytes: number, jobs: number): Finding {
  const detail = `${size(bytes)} free`
  if (bytes < WORKSPACE_BYTES) return fail(`${detail}, less than one job may take`, MAKE_ROOM)
  if (bytes < WORKSPACE_BYTES * jobs) return warn(`${detail}, less than ${jobs} jobs at once may take`, MAKE_ROOM)
  return ok(detail)
}

const MAKE_ROOM =
  'Free some, lower RETENTION_DAYS, RETENTION_GB or MAX_CONCURRENT_JOBS, or move the data to a larger disk.'
