import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Account } from '../../../config.ts'
import type { ModelCall } from '../../agent.ts'
import { type Confinement, createConfinement } from './confine.ts'
import { forward, refuse } from './forward.ts'
import { type Refusal, refusalOf } from './gate.ts'

/** The way of one attempt's calls to the account: a server on loopback that adds the key which the agent never gets. */
export type KeyProxy = {
  readonly port: number
  /** What the agent is given in place of the account. */
  readonly env: Readonly<Record<string, string>>
  /** True once a call was refused because the cap was reached, or nothing is left to pay with. */
  isCapReached(): boolean
  /** Ends its calls, its token and its port; resolves when every call was told of. */
  close(): Promise<void>
}

/** What holds for the calls of one attempt. */
type Terms = {
  /** What may be spent before calls are refused, and so they are while `isFunded` says no; what is under way goes on. */
  capUsd: number | null
  isFunded(): boolean
  /** The agent has no network, and the API is to be none; null where it has one. */
  confined: Confinement | null
  /** Hears of each call, see `Task.onCall`. */
  onCall(call: ModelCall): void
}

/** Opens it on a free port of 127.0.0.1 under a new token, both of this attempt alone. */
export async function openKeyProxy(account: Account, options: Terms): Promise<KeyProxy> {
  const token = randomBytes(32).toString('base64url')
  const cap = options.capUsd ?? Number.POSITIVE_INFINITY
  const calls = new Set<Promise<void>>()
  let spentUsd = 0
  let capReached = false
  const tell = (call: ModelCall) => {
    spentUsd += call.spent.costUsd
    options.onCall(call)
  }
  const bodyOf = createConfinement(options.confined)
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request)
    if (response.closed) return // who asked has gone
    if (body !== null && typeof body !== 'string') return refuse(response, body)
    await forward(account, { request, body }, response, tell)
  }
  const server = createServer((request, response) => {
    const refusal = refusalOf(request, token)
    if (refusal) return refuse(response, refusal)
    if (calls.size >= MAX_CALLS) return refuse(response, TOO_MANY)
    const unpaid = spentUsd >= cap ? OVER_CAP : options.isFunded() ? null : OUT_OF_FUNDS
    if (unpaid) {
      capReached = true
      return refuse(response, unpaid)
    }
    const call = pass(request, response).finally(() => calls.delete(call))
    calls.add(call)
  })
  // A connection that the agent keeps lives as long as it: one closed under its hands would fail its next call.
  server.keepAliveTimeout = 0
  server.maxConnections = MAX_CONNECTIONS
  const port = await listen(server)
  return {
    port,
    env: { ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`, [VARIABLES[account.kind]]: token },
    isCapReached: () => capReached,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await Promise.all(calls)
    },
  }
}

/** How many calls of an attempt go on at once; the CLI with all its sub-agents has a dozen. */
const MAX_CALLS = 64

/** How many connections an agent has to one of its ways out: each is a file that the server has open. */
export const MAX_CONNECTIONS = 256

/** The same kind of account as the real one: the CLI's requests differ by it in more than the one header. */
const VARIABLES = { key: 'ANTHROPIC_API_KEY', oauth: 'CLAUDE_CODE_OAUTH_TOKEN' } as const

/** On this status the CLI ends at once; on most others it tries again. Its log has the message. */
const unpaidFor = (message: string): Refusal => ({ status: 402, type: 'billing_error', message })
const TOO_MANY: Refusal = {
  status: 400, // on 429 the CLI would take the account for used up
  type: 'invalid_request_error',
  message: 'This job asks too much at once.',
}
const OVER_CAP = unpaidFor('This job has reached its limit of cost.')
const OUT_OF_FUNDS = unpaidFor('A budget is used up for now; this job goes on by itself.')

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
