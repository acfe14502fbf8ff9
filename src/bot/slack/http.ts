import { type AckFn, verifySlackRequest } from '@slack/bolt'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Inlet } from './receiver.ts'

const MAX_BYTES = 1_000_000

/**
 * What Slack calls in the place of a socket. Nothing of a call is read before its size, its age (five minutes) and its
 * signature are right; what was not kept is answered with 500, on which Slack sends it again.
 */
export function createHttp(
  { secret, inlet }: { secret: string; inlet: Inlet },
  { clock, log }: { clock: Clock; log: Log },
): (request: Request) => Promise<Response> {
  return async request => {
    const body = await readBounded(request)
    if (body === null) return new Response('too large', { status: 413 })
    if (!isSigned(request, body, secret, clock)) return new Response('not signed by Slack', { status: 401 })
    const sent = parse(request, body)
    if (sent === null) return new Response('not understood', { status: 400 })
    if (sent.type === 'url_verification') return Response.json({ challenge: sent.challenge })
    const answered = Promise.withResolvers<Response>()
    const ack: AckFn<unknown> = async answer => answered.resolve(responseOf(answer))
    inlet.process(sent, ack).then(
      () => answered.resolve(responseOf(undefined)), // nothing listens to it
      error => {
        log.error({ err: error }, 'what Slack sent was not taken')
        answered.resolve(new Response('not taken', { status: 500 }))
      },
    )
    return await answered.promise
  }
}

async function readBounded({ body }: Request): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function isSigned({ headers }: Request, body: string, signingSecret: string, clock: Clock): boolean {
  try {
    verifySlackRequest({
      ...{ signingSecret, body, nowMilliseconds: clock.now().getTime() },
      headers: {
        'x-slack-signature': headers.get('x-slack-signature') ?? '',
        'x-slack-request-timestamp': Number(headers.get('x-slack-request-timestamp')),
      },
    })
    return true
  } catch {
    return false // it throws for whatever is wrong, and what that is concerns nobody outside
  }
}

function parse({ headers }: Request, body: string): Record<string, unknown> | null {
  try {
    if (!headers.get('content-type')?.includes('form')) return JSON.parse(body) as Record<string, unknown>
    const fields = Object.fromEntries(new URLSearchParams(body))
    return fields.payload === undefined ? fields : (JSON.parse(fields.payload) as Record<string, unknown>)
  } catch {
    return null
  }
}

function responseOf(answer: unknown): Response {
  if (answer === undefined || answer === '') return new Response(null)
  return typeof answer === 'string' ? new Response(answer) : Response.json(answer)
}
