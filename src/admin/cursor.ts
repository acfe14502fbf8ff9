import { z } from 'zod'
import type { AuditCursor } from '../db/audit.ts'
import type { JobCursor } from '../db/job-list.ts'

/** A place in a list of jobs as an address carries it. */
export const cursorText = ({ at, id }: JobCursor): string => `${at}~${id}`

/** Reads such a place. */
export const cursorParameter = z
  .string()
  .regex(/^[0-9TZ:.-]+~[0-9a-z]{8}$/, 'must be the nextCursor of the page before')
  .transform((text): JobCursor => {
    const [at = '', id = ''] = text.split('~')
    return { at, id }
  })

/** A place in the audit as an address carries it. */
export const auditCursorText = ({ at, id }: AuditCursor): string => `${at}~${id}`

/** Reads such a place. */
export const auditCursor = z
  .string()
  .regex(/^[0-9TZ:.-]+~[0-9a-f-]{36}$/, 'must be the nextCursor of the page before')
  .transform((text): AuditCursor => {
    const [at = '', id = ''] = text.split('~')
    return { at, id }
  })
