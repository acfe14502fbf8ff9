import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** The folder of this package: what is built of this file lies one folder below it too. */
export const PACKAGE_FOLDER = new URL('../', import.meta.url)

/** This program's version, as package.json has it. */
export const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('package.json', PACKAGE_FOLDER), 'utf8'))).version
