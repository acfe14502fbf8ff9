import type { Config } from '../config.ts'
import type { Sandboxes } from '../sandbox.ts'

/** What a check found; `remedy` says what to do about a `warn` or a `fail`. */
export type Finding = { state: 'ok' | 'warn' | 'fail'; detail: string; remedy?: string }

/** What is looked at; the sandboxes are tried when somebody asks first, which takes a second or two. */
export type Place = { config: Config; sandboxes(): Promise<Sandboxes> }

/** One thing that the server needs, or is better off with. It changes nothing; what it throws is a failure. */
export type Check = { name: string; look(place: Place): Promise<Finding> }

export const ok = (detail: string): Finding => ({ state: 'ok', detail })
export const warn = (detail: string, remedy: string): Finding => ({ state: 'warn', detail, remedy })
export const fail = (detail: string, remedy: string): Finding => ({ state: 'fail', detail, remedy })
