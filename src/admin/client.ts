import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

/** What node-server hands to routes; there is none when a test asks the app without a port. */
export type ClientEnv = { Bindings: Partial<HttpBindings> }

/** The address that the connection comes from: behind a reverse proxy its own, since a header can claim anything. */
export const addressOf = (c: Context<ClientEnv>): string => c.env?.incoming?.socket.remoteAddress ?? 'none'
