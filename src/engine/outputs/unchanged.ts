import { createHash } from 'node:crypto'
import type { Artifact } from '../../db/artifact.ts'
import type { Redact } from '../../redact.ts'
import { openBelow } from './folder.ts'

/** Tells of a file of the workspace, by its path, whether it is still what was delivered last under its name. */
export function unchangedIn(
  workspace: string,
  earlier: readonly Artifact[],
  redact: Redact,
): (path: string) => Promise<boolean> {
  const known = new Map(earlier.map(artifact => [artifact.path, artifact]))
  return async path => {
    const before = known.get(redact(path))
    if (!before) return false
    const file = await openBelow(workspace, path)
    try {
      const stat = await file?.stat()
      if (!file || !stat?.isFile() || stat.size !== before.bytes) return false
      const hash = createHash('sha256')
      for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk as Buffer)
      return hash.digest('hex') === before.sha256
    } finally {
      await file?.close()
    }
  }
}
