import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/connect.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Links } from './links.ts'

/** What the pages read, and the path prefix under which the server is reached: '' or such as `/errand`. */
export type PageDeps = { engine: Engine; db: Db; clock: Clock; base: string }

/** What one page's routes work with. */
export type PageParts = Omit<PageDeps, 'base'> & { links: Links }
