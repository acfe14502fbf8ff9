/** Resolves with the name of the first signal that asks the program to stop. */
export const untilStopped = (): Promise<string> =>
  new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
