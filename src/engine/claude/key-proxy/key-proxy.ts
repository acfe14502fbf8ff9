import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Account } from '../../../config.ts'
import type { ModelCall } from '../../agent.ts'
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

/**
 * Opens it on a free port of 127.0.0.1 under a new token, both of this attempt alone. `capUsd` is what may be spent here
 * before calls are refused, and so they are while `isFunded` says no; those that are under way then go on. `onCall` hears of each call, see `Task.onCall`.
 */
export async function openKeyProxy(
  account: Account,
  options: { capUsd: number | null; isFunded(): boolean; onCall(call: ModelCall): void },
): Promise<KeyProxy> {
  const token = randomBytes(32).toString('base64url')
  const cap = options.capUsd ?? Number.POSITIVE_INFINITY
  const calls = new Set<Promise<void>>()
  let spentUsd = 0
  let capReached = false
  const tell = (call: ModelCall) => {
    spentUsd += call.spent.costUsd
    options.onCall(call)
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
    const call = forward(account, request, response, tell).finally(() => calls.delete(call))
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
