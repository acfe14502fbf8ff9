import { PassThrough } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { Request } from '../../../src/bot/platform.ts'
import { createTerminal, type TerminalOptions } from '../../../src/bot/terminal/terminal.ts'
import { createFakeScreen } from '../../support/fake-screen.ts'

/** A terminal that is not started yet, on a screen of 80 by 24, with a keyboard. */
export function makeTerminal(options: Partial<TerminalOptions> & { columns?: number; rows?: number } = {}) {
  const screen = createFakeScreen(options.columns ?? 80, options.rows ?? 24)
  const keyboard = new PassThrough()
  let left = 0
  const make = () =>
    createTerminal({
      ...{ input: keyboard, output: screen, inPlace: false, color: false, login: 'ann', cwd: '/home/ann' },
      openFile: async name => {
        throw new Error(`no file ${name}`)
      },
      onLeave: () => {
        left += 1
      },
      ...options,
    })
  return { screen, keyboard, make, terminal: make(), left: () => left }
}

/** The same, started, with what was handed in; it is stopped after the test. */
export async function openTerminal(options: Parameters<typeof makeTerminal>[0] = {}) {
  const made = makeTerminal(options)
  const requests: Request[] = []
  await made.terminal.start(async request => void requests.push(request))
  onTestFinished(() => made.terminal.stop())
  return { ...made, requests, place: { place: 'channel:terminal:local', thread: null } }
}
