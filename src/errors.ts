/**
 * The only error whose text people see: one sentence and its remedy, nothing of the inside.
 * Every other error is a bug: it is logged whole and shown as "Something broke (job 4x7k...)".
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  /**
   * `usage`: what was asked for or configured is wrong (exit status 2); `runtime`: it could not be done now (1);
   * `conflict`: what is there already does not allow it; `forbidden`: it is not for this person to do.
   */
  readonly kind: 'usage' | 'runtime' | 'conflict' | 'forbidden'
  /** The fields that are wrong, where they are known apart from each other. */
  readonly problems: readonly Problem[]

  constructor(message: string, options: { kind?: UserError['kind']; problems?: Problem[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.kind = options.kind ?? 'usage'
    this.problems = options.problems ?? []
  }
}

/** What is wrong with one field; `message` is one sentence that names it and says what fits. */
export type Problem = { field: string; message: string }

/** The text of an unknown thrown value, for a sentence. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** True where the disk, or this user's share of it, took no more. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
