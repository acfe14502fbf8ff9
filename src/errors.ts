/**
 * The only error whose text people see: one sentence and its remedy, nothing of the inside.
 * Every other error is a bug: it is logged whole and shown as "Something broke (job 4x7k...)".
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** `usage`: what was asked for or configured is wrong (exit status 2); `runtime`: it could not be done now (1). */
  readonly kind: 'usage' | 'runtime'

  constructor(message: string, options: { kind?: 'usage' | 'runtime'; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.kind = options.kind ?? 'usage'
  }
}

/** The text of an unknown thrown value, for a sentence. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
