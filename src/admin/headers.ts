import type { MiddlewareHandler } from 'hono'

/** Nothing from elsewhere: our pages bring their own script and style, and no frame may hold them. */
const POLICY = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'img-src', 'connect-src', 'form-action'].map(name => `${name} 'self'`),
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** HTTPS is the reverse proxy's, and so is the promise to keep to it. */
const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/**
 * Keeps a browser from doing more with an answer than it is meant for; what a route says itself stands, such as the
 * stricter policy of an output. Hono's own `secureHeaders` would replace that, and break a stream that has begun.
 */
export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  if (c.res.headers.has('x-hono-already-sent')) return
  for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.header(name, value)
}
