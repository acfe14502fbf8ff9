const STOPS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Resolves with the name of the first signal that asks the program to stop; SIGHUP says that its terminal was closed.
 * The listeners stay: execa's own, which it has while a process runs, ends the program at once where no other is left.
 */
export const untilStopped = (): Promise<string> =>
  new Promise(resolve => {
    for (const signal of STOPS) process.on(signal, () => resolve(signal))
  })
