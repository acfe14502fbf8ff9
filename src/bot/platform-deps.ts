import type { Clock } from '../clock.ts'
import type { Engine } from '../engine/engine.ts'
import type { Log } from '../log.ts'
import type { Controls } from './controls.ts'

/** What a platform may ask of the program beyond its own chat. */
export type PlatformDeps = {
  engine: Pick<Engine, 'instructions' | 'jobs' | 'asking'> & { schedules: Pick<Engine['schedules'], 'list'> }
  controls: Controls
  clock: Clock
  log: Log
}
