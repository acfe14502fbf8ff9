import { EventEmitter } from 'node:events'

/**
 * Hints that something may be new, by key. They carry nothing: who listens looks at the table, and looks again when
 * its time is up as well, so that a lost hint (another process wrote) costs a second and never a line.
 */
export type Wakeup = {
  notify(key: string): void
  /** Hears every hint for the key from now on, until it is closed. */
  listen(key: string): Listener
}

export type Listener = {
  /** Resolves at once when a hint came since the last call, else at the next one, after `ms`, or at the abort. */
  next(ms: number, signal: AbortSignal): Promise<void>
  close(): void
}

export function createWakeup(): Wakeup {
  const hints = new EventEmitter()
  hints.setMaxListeners(0)
  return {
    notify: key => {
      hints.emit(key)
    },
    listen: key => {
      let heard = false
      let wake = () => {}
      const hear = () => {
        heard = true
        wake()
      }
      hints.on(key, hear)
      return {
        close: () => {
          hints.off(key, hear)
        },
        next: async (ms, signal) => {
          if (!heard && !signal.aborted) await untilWoken(ms, signal, resolve => (wake = resolve))
          heard = false
        },
      }
    },
  }
}

function untilWoken(ms: number, signal: AbortSignal, onWake: (resolve: () => void) => void): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    onWake(done)
  })
}
