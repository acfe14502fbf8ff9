import { fileURLToPath } from 'node:url'
import { createBot } from '../src/bot/bot.ts'
import { type Controls, createControls } from '../src/bot/controls.ts'
import type { Platform } from '../src/bot/platform.ts'
import { systemClock } from '../src/clock.ts'
import type { Engine } from '../src/engine/engine.ts'
import { createLog } from '../src/log.ts'
import { withEngine } from './world.ts'

export const benchLog = createLog({ level: 'error', format: 'json' })

const PACED = fileURLToPath(new URL('./paced-agent.sh', import.meta.url))

/** The bot with a platform, on an engine with twenty slots whose agent takes so many steps, each after so many seconds. */
export async function withBot(
  make: (deps: { engine: Engine; controls: Controls }) => Platform,
  { steps, pause }: { steps: number; pause: number },
  work: () => Promise<void>,
): Promise<void> {
  const agent = { bin: PACED, env: { BENCH_STEPS: String(steps), BENCH_PAUSE: String(pause) } }
  await withEngine(agent, 20, async (_, engine, db) => {
    const platform = make({ engine, controls: createControls(db, systemClock) })
    const { owner } = engine
    const redact = (text: string) => text
    const bot = createBot({ engine, owner, db, platforms: [platform], clock: systemClock, log: benchLog, redact })
    await bot.start()
    await work().finally(() => bot.stop())
  })
}
