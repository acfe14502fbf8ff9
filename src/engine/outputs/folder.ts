import { constants } from 'node:fs'
import { access, type FileHandle, open } from 'node:fs/promises'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants
// O_NONBLOCK: opening a FIFO would wait for ever.
const READ_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
const READ_FOLDER = O_RDONLY | O_NOFOLLOW | O_DIRECTORY

/**
 * A folder held open: what is reached through `at` is in this folder, whatever its path leads to by now. O_NOFOLLOW
 * guards only the last part of a path; a folder further up that is swapped for a link would be followed. Without
 * /proc/self/fd (macOS) `at` is the path, and such a swap is followed if it comes between two looks.
 */
export type Folder = { at: Buffer; close(): Promise<void> }

/** Opens a folder that is no link; null when that cannot be. */
export async function openFolder(path: Buffer): Promise<Folder | null> {
  const handle = await open(path, READ_FOLDER).catch(outOfReach)
  if (!handle) return null
  const own = `/proc/self/fd/${handle.fd}`
  const at = await access(own).then(
    () => Buffer.from(own),
    () => path,
  )
  return { at, close: () => handle.close() }
}

/** Where a name is in a folder; names are bytes, which need not be UTF-8. */
export const inside = ({ at }: Folder, name: Buffer): Buffer => Buffer.concat([at, SLASH, name])

const SLASH = Buffer.from('/')

/** Opens a file for reading by its path below the root, no part of which may be a link; null when that cannot be. */
export const openBelow = (root: string, path: string): Promise<FileHandle | null> =>
  openIn(
    Buffer.from(root),
    path.split('/').map(name => Buffer.from(name)),
  )

async function openIn(path: Buffer, [name, ...rest]: Buffer[]): Promise<FileHandle | null> {
  const folder = name && (await openFolder(path))
  if (!folder) return null
  try {
    const found = inside(folder, name)
    return rest.length > 0 ? await openIn(found, rest) : await open(found, READ_FILE).catch(outOfReach)
  } finally {
    await folder.close()
  }
}

/** What says that something has gone, is a link or a socket, or may not be read. */
const OUT_OF_REACH = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM']

/** Makes null of an error that a hostile or half-removed folder can bring about, and throws every other. */
export function outOfReach(error: NodeJS.ErrnoException): null {
  if (OUT_OF_REACH.includes(error.code ?? '')) return null
  throw error
}
