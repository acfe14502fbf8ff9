import type { Db } from '../../db/connect.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Format, Writer } from '../live/format.ts'
import type { Live } from '../live/live.ts'

/** What the API's routes work with; `base` is the path prefix of addresses. */
export type ApiDeps = {
  engine: Engine
  db: Db
  live: Live
  writers: Record<Format, Writer>
  version: string
  base: string
}
