/** Resolves with the name of the first signal that asks the program to stop; a terminal that is closed does too. */
export const untilStopped = (): Promise<string> =>
  new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve(signal))
  })
