import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline } from 'node:stream'
import type { Account } from '../../../config.ts'
import { messageOf } from '../../../errors.ts'
import type { ModelCall } from '../../agent.ts'
import { NOTHING_SPENT, since } from '../../spent.ts'
import type { Refusal } from './gate.ts'
import { limitsIn, requestHeaders, responseHeaders } from './headers.ts'
import { createMeter } from './meter.ts'
import { isPriced, spentOn } from './prices.ts'

/**
 * Sends a request on to the account's API and its answer back, each as it comes, and either side's end or abort is the
 * other's; a `body` goes in the place of the request's own. Without an answer the connection is closed, as it would be
 * without a proxy. `tell` hears of the call when its beginning is counted and at its end. Resolves then, and never
 * rejects.
 */
export function forward(
  account: Account,
  { request, body }: { request: IncomingMessage; body: string | null },
  response: ServerResponse,
  tell: (call: ModelCall) => void,
): Promise<void> {
  const target = targetOf(account, request.url ?? '')
  const send = target.protocol === 'https:' ? requestHttps : requestHttp
  const upstream = send(target, { method: request.method, headers: requestHeaders(headersOf(request, body), account) })
  return new Promise(resolve => {
    let call = NOT_ANSWERED
    const end = (error: unknown) => {
      tell({ ...call, error: error ? messageOf(error) : null })
      resolve()
    }
    let fault: unknown = new Error('the API closed the connection') // as it may, without an error: by an upgrade
    upstream.on('error', error => (fault = error))
    upstream.on('close', () => {
      if (call !== NOT_ANSWERED) return // the answer's own end says it
      response.destroy()
      end(fault)
    })
    upstream.on('response', answer => {
      call = { ...NOT_ANSWERED, ...headOf(answer) }
      if (isRedirect(answer)) {
        answer.destroy()
        refuse(response, REDIRECTED)
        return end(new Error('the API answered with a redirect'))
      }
      let told = NOTHING_SPENT
      const meter = createMeter(answer.headers['content-type'] ?? '', (model, usage) => {
        const spent = spentOn(model, usage)
        call = { ...call, model, isPriced: isPriced(model ?? '') }
        tell({ ...call, spent: since(told, spent) })
        told = spent
      })
      response.writeHead(answer.statusCode ?? 502, responseHeaders(answer.headers)).flushHeaders()
      answer.on('data', meter.push)
      pipeline(answer, response, error => {
        meter.end()
        end(error)
      })
    })
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy()
    })
    if (body === null) request.pipe(upstream)
    else upstream.end(body)
  })
}

function headersOf({ headers }: IncomingMessage, body: string | null): IncomingHttpHeaders {
  if (body === null) return headers
  const { 'transfer-encoding': _, ...others } = headers
  return { ...others, 'content-length': String(Buffer.byteLength(body)) }
}

/** Answers in the API's own form. */
export function refuse(response: ServerResponse, { status, type, message }: Refusal): void {
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ type: 'error', error: { type, message } }))
}

const NOT_ANSWERED: ModelCall = {
  model: null,
  status: null,
  requestId: null,
  spent: NOTHING_SPENT,
  isPriced: true,
  limits: {},
  error: null,
}

const REDIRECTED: Refusal = {
  status: 502,
  type: 'api_error',
  message: 'The API answered with a redirect; ANTHROPIC_BASE_URL must be the address that it leads to.',
}

function headOf({ statusCode, headers }: IncomingMessage): Pick<ModelCall, 'status' | 'requestId' | 'limits'> {
  const requestId = headers['request-id']
  return {
    status: statusCode ?? null,
    requestId: typeof requestId === 'string' ? requestId : null,
    limits: limitsIn(headers),
  }
}

const isRedirect = ({ statusCode = 0, headers }: IncomingMessage): boolean =>
  statusCode >= 300 && statusCode < 400 && headers.location !== undefined

/** Below the base URL, whatever the request says: the gate has let through a path of a few known forms only. */
function targetOf({ baseUrl }: Account, path: string): URL {
  const base = new URL(baseUrl)
  return new URL(base.pathname.replace(/\/+$/, '') + path, base.origin)
}
