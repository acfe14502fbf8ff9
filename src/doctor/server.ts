import { createServer } from 'node:net'
import { findDatabaseFlaw, findLoss } from '../db/look.ts'
import { foldersIn } from '../engine/workspace.ts'
import { messageOf, UserError } from '../errors.ts'
import { ownServerAt } from '../own-server.ts'
import { type Check, fail, ok, warn } from './check.ts'

export const database: Check = {
  name: 'database',
  look: async ({ config: { databaseUrl, dataDir } }) => {
    const loss = findLoss(databaseUrl, foldersIn(dataDir).workspaces)
    if (loss !== null) throw new UserError(loss)
    const found = findDatabaseFlaw(databaseUrl)
    if (found.flaw !== null) return fail(found.flaw, found.remedy)
    return ok(found.isThere ? found.path : `${found.path} is made at the first start`)
  },
}

export const publicUrl: Check = {
  name: 'PUBLIC_URL',
  look: async ({ config }) =>
    config.publicUrl === null
      ? warn('not set: posts name commands where they could link to pages', 'Set it to the address that people open.')
      : ok(config.publicUrl),
}

export const port: Check = {
  name: 'port',
  look: async ({ config }) => {
    const { host, port: wanted } = config
    const own = await ownServerAt(config)
    if (own) return ok(`a server of Errand answers at ${own}`)
    const fault = await faultOf(host, wanted)
    if (fault === null) return ok(`${wanted} of ${host} is free`)
    return fail(`${wanted} of ${host} cannot be had (${fault})`, 'Stop the program that has it, or set HOST and PORT.')
  },
}

const faultOf = (host: string, wanted: number): Promise<string | null> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', error => resolve(messageOf(error)))
    server.listen(wanted, host, () => server.close(() => resolve(null)))
  })
