import type { Context } from 'hono'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Answers with HTML that is for this person and this moment only. */
export function show(
  c: Context,
  html: HtmlEscapedString | Promise<HtmlEscapedString>,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  c.header('cache-control', 'private, no-cache')
  return c.html(html, status)
}
