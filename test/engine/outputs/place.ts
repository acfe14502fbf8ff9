import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Artifact } from '../../../src/db/artifact.ts'
import { type Collected, collectArtifacts } from '../../../src/engine/outputs/collect.ts'
import type { Redact } from '../../../src/redact.ts'

export type Place = { dir: string; workspace: string; folder: string }

/** A workspace with these files, and the folder that their copies go to. */
export async function setUp(files: Record<string, string | Buffer>): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-outputs-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const place = { dir, workspace: join(dir, 'workspace'), folder: join(dir, 'outputs', 'job00001', '1') }
  await mkdir(place.workspace)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(place.workspace, path)), { recursive: true })
    await writeFile(join(place.workspace, path), content)
  }
  return place
}

type Limits = { patterns?: string[] | null; files?: number; bytes?: number; redact?: Redact }

/** Collects from the place with limits that nothing reaches unless a test sets lower ones. */
export const collect = (
  { workspace, folder }: Place,
  { patterns = null, files = 100, bytes = 1e9, redact = text => text }: Limits = {},
): Promise<Collected> => collectArtifacts({ workspace, folder, patterns, limits: { files, bytes }, redact })

export async function artifactsOf(place: Place, patterns: string[] | null = null): Promise<Artifact[]> {
  const collected = await collect(place, { patterns })
  if (collected.kind !== 'kept') throw new Error(`nothing was kept: ${JSON.stringify(collected)}`)
  return collected.artifacts
}

export const pathsOf = async (place: Place, patterns: string[] | null = null): Promise<string[]> =>
  (await artifactsOf(place, patterns)).map(({ path }) => path)
