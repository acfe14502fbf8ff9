import type { Context } from 'hono'
import { z } from 'zod'
import type { Links } from './links.ts'
import { noticePage } from './notice.tsx'
import { show } from './show.ts'

/** A field of a form that was left empty is sent all the same. */
export const filled = z
  .string()
  .transform(text => text.trim() || undefined)
  .optional()

/** What an address says that no page takes. */
export function badAddress(c: Context, links: Links, error: z.ZodError): Response | Promise<Response> {
  const sentences = error.issues.map(({ path, message }) =>
    /^[A-Z]/.test(message) ? message : `${path.join('.')} ${message}.`,
  )
  return show(c, noticePage(links, 'This address does not work', sentences.join(' ')), 400)
}
