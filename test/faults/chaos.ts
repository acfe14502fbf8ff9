import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { ServerProcess, Site } from '../support/server.ts'

/** A site under attack: one server that is to be alive after each round, and numbers to choose by. */
export type Chaos = { site: Site; server: ServerProcess; random: () => number }

/** What may happen in a round; gives the server that is alive afterwards, null when none is. */
type Fault = (chaos: Chaos) => Promise<ServerProcess | null>

const PAST = '2026-01-01T00:00:00.000Z'

export const FAULTS: Record<string, Fault> = {
  'nothing at all': async ({ server }) => server,
  'kill -9 of the server': async ({ server }) => {
    await server.kill('SIGKILL')
    return null
  },
  'kill -9 of an agent': async chaos => {
    await killAgents(chaos, 1)
    return chaos.server
  },
  'kill -9 of both': async chaos => {
    await Promise.all([chaos.server.kill('SIGKILL'), killAgents(chaos, 9)])
    return null
  },
  SIGTERM: async ({ server }) => {
    expectZero(await server.kill('SIGTERM'))
    return null
  },
  'SIGTERM twice': async ({ site, server, random }) => {
    server.signal('SIGTERM')
    await delay(random() * 300)
    // No status: the second one came when nothing was left to do, and Node listened no more.
    if ((await server.kill('SIGTERM')) !== undefined) expectZero(await server.exited)
    const open = await site.db.selectFrom('attempt').select(['job', 'n']).where('ended_at', 'is', null).execute()
    if (open.length > 0) throw new Error(`not written at the stop: ${JSON.stringify(open)}`)
    return null
  },
  'kill -9 while it drains': async ({ server, random }) => {
    server.signal('SIGTERM')
    await delay(random() * 200)
    await server.kill('SIGKILL')
    return null
  },
  'SIGSTOP, SIGCONT': async ({ server, random }) => {
    server.signal('SIGSTOP')
    await delay(random() * 500)
    server.signal('SIGCONT')
    return server
  },
  'SIGSTOP past the lease, beside another server': async ({ site, server, random }) => {
    await putToSleep(site, server)
    const other = await site.start()
    await site.db.updateTable('server').set({ alive_until: PAST }).where('pid', '=', server.pid).execute()
    const asleep = site.db.selectFrom('server').select('owner').where('pid', '=', server.pid)
    await site.db.updateTable('attempt').set({ lease_until: PAST }).where('owner', 'in', asleep).execute()
    await delay(random() * 1500)
    server.signal('SIGCONT')
    await delay(random() * 500)
    expectZero(await server.kill('SIGTERM'))
    return other
  },
  'a deploy': async ({ site, server }) => {
    const [next, status] = await Promise.all([site.start(), server.kill('SIGTERM')])
    expectZero(status)
    return next
  },
  'a locked database, then kill -9': async ({ site, server, random }) => {
    const other = new Database(join(site.dir, 'data/errand.db'))
    other.exec('begin immediate')
    await delay(random() * 700)
    await server.kill('SIGKILL')
    other.close()
    return null
  },
}

/** Stops it between two transactions: asleep in one it would keep the database, and no other server could start. */
async function putToSleep(site: Site, server: ServerProcess): Promise<void> {
  const look = new Database(join(site.dir, 'data/errand.db'), { timeout: 100 })
  for (let asleep = false, tries = 0; !asleep; tries += 1) {
    server.signal('SIGSTOP')
    await delay(20) // until it sleeps
    try {
      look.exec('begin immediate; rollback')
      asleep = true
    } catch (error) {
      if (tries > 100) throw error
      server.signal('SIGCONT')
      await delay(tries)
    }
  }
  look.close()
}

async function killAgents({ site, random }: Chaos, most: number): Promise<void> {
  const open = await site.db.selectFrom('attempt').select('pid').where('ended_at', 'is', null).execute()
  const pids = open.map(({ pid }) => pid).filter(pid => pid !== null)
  for (const pid of pids.toSorted(() => random() - 0.5).slice(0, most)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended in between
    }
  }
}

function expectZero(status: number | undefined): void {
  if (status !== 0) throw new Error(`a server ended with ${status} at SIGTERM`)
}
