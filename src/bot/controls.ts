import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/connect.ts'
import { keepControl, readControl } from '../db/control.ts'

/** What buttons and forms stand for, where that is more than they can carry; it outlives the process. */
export type Controls = {
  /** Keeps it as JSON and gives an id of 22 letters, digits, `-` and `_`; the same content has the same id. */
  keep(body: unknown): Promise<string>
  /** What was kept under this id, null when nothing was, or when the retention took it. */
  read(id: string): Promise<unknown>
}

/** What a person is told whose button or form stands for nothing any more. */
export const GONE = 'This is too old; nothing was started. Give the command again.'

export const createControls = (db: Db, clock: Clock): Controls => ({
  keep: async body => {
    const id = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)
    await keepControl(db, { id, body, at: clock.now().toISOString() })
    return id
  },
  read: id => readControl(db, id),
})
