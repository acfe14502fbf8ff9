import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config.ts'
import { sqlitePath } from '../db/sqlite.ts'
import { foldersIn } from '../engine/workspace.ts'
import { UserError } from '../errors.ts'

/** What a backup holds, by its name in the archive: a tar file, compressed by gzip, whose checksum guards it. */
export type Places = {
  dataDir: string
  outputsDir: string
  database: string
  /** Whole folders. */
  folders: Readonly<Record<string, string>>
  token: string
}

export const DATABASE_ENTRY = 'errand.db'
export const TOKEN_ENTRY = 'admin-token'
/** The first entry: what the archive is. */
export const MANIFEST_ENTRY = 'backup.json'

/** Where all of it lies here, without links in the paths of the data. */
export async function placesOf({ databaseUrl, dataDir, outputsDir }: Config): Promise<Places> {
  const database = sqlitePath(databaseUrl)
  if (database === null) throw new UserError('DATABASE_URL names a database in memory: there is nothing to keep.')
  const data = await realpath(dataDir)
  const { inputs, workspaces, sessions } = foldersIn(data)
  const folders = { inputs, workspaces, sessions, outputs: outputsDir }
  return { dataDir: data, outputsDir, database, folders, token: join(data, TOKEN_ENTRY) }
}

/** Says what an archive is and where its files lay. */
export const manifest = z.object({
  format: z.literal('errand-backup-1'),
  version: z.string(),
  createdAt: z.iso.datetime(),
  dataDir: z.string(),
  outputsDir: z.string(),
})
export type Manifest = z.infer<typeof manifest>
