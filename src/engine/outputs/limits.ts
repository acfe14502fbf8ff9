/** How many files of one attempt are kept: with more of them it is a build tree, which nobody reads in a thread. */
export const OUTPUT_FILES = 100
/** How many bytes they may come to: they are copied while a slot waits, and kept for as long as the job is. */
export const OUTPUT_BYTES = 200_000_000
/** How many bytes an attempt may use on the disk while it runs: its outputs, and the packages and clones behind them. */
export const WORKSPACE_BYTES = 10 * OUTPUT_BYTES
