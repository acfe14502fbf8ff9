import type { Who } from '../engine/instructions/allow.ts'
import type { JobView } from '../engine/view.ts'
import type { Request } from './platform.ts'

/** Who asks and where, as instructions name them. */
export const whoAsks = ({ actor, roles = [], place }: Request): Who => ({ actor, roles, place })

/** A job is seen where it was asked for, and everywhere by who asked for it. */
export const maySee = (view: JobView, { actor, place }: Request): boolean =>
  view.place === place || view.actor === actor

/** A job is stopped by who asked for it. */
export const mayCancel = (view: JobView, { actor }: Request): boolean => view.actor === actor
