import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../../errors.ts'
import { isSecretName } from '../../redact.ts'
import type { Mistake } from './instruction.ts'
import { faultsOf, schemaWords } from './schema-words.ts'
import { readYaml } from './yaml.ts'

/** The file of the instructions folder that names the MCP servers, in the shape that Claude Code uses. */
export const MCP_FILE = 'mcp.json'

/** The servers by name, each as it stands in the file; null where the file has a mistake. */
export type McpServers = ReadonlyMap<string, unknown> | null

const mcpFile = z.looseObject({
  mcpServers: z.record(
    z.string(),
    z
      .looseObject({ command: z.string().min(1).optional(), url: z.string().min(1).optional() })
      .refine(({ command, url }) => command ?? url, 'must have a `command`, or a `url`'),
  ),
})

/** Reads mcp.json of the folder; without one there are no servers. */
export async function readMcpServers(dir: string): Promise<{ servers: McpServers; mistakes: Mistake[] }> {
  const text = await readFile(join(dir, MCP_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof text === 'string') return parseMcpServers(text)
  if (text.code === 'ENOENT') return { servers: new Map(), mistakes: [] }
  return failed([{ line: 1, message: `The file cannot be read (${messageOf(text)}): make it readable.` }])
}

/** Reads the text of mcp.json. */
export function parseMcpServers(text: string): { servers: McpServers; mistakes: Mistake[] } {
  // As YAML, of which JSON is a part: JSON.parse names no line.
  const json = readYaml(text, 1)
  if (!json.ok) return failed([{ line: json.line, message: `This is not valid JSON (${json.why}): correct it.` }])
  const parsed = mcpFile.safeParse(json.data, { error: schemaWords })
  if (parsed.success) return { servers: new Map(Object.entries(parsed.data.mcpServers)), mistakes: [] }
  const faults = faultsOf(parsed.error, 'The file')
  return failed(faults.map(({ path, message }) => ({ line: json.lineOf(path), message })))
}

const failed = (faults: { line: number; message: string }[]): { servers: null; mistakes: Mistake[] } => ({
  servers: null,
  mistakes: faults.map(fault => ({ file: MCP_FILE, ...fault })),
})

/** The values in `env`, `headers` and the address whose names say that they are secret; of `Bearer …` the second word alone. */
export function secretsOfServers(servers: ReadonlyMap<string, unknown>): string[] {
  return [...servers.values()].flatMap(server => {
    const { env, headers, url } = withSecrets.parse(server)
    const at = url === undefined ? null : URL.parse(url)
    const inAddress = [['password', at?.password] as const, ...(at?.searchParams ?? [])]
    const all = [...Object.entries(env), ...Object.entries(headers), ...inAddress]
    const named = all.filter(([name]) => isSecretName(name))
    const values = named.flatMap(([, value]) => (typeof value === 'string' && value !== '' ? [value] : []))
    return values.map(value => value.replace(/^(Bearer|Basic|Token) +/i, ''))
  })
}

const map = z.record(z.string(), z.unknown()).catch({})
const withSecrets = z.looseObject({ env: map, headers: map, url: z.string().optional().catch(undefined) })

/** Why an instruction cannot use a server, as a sentence with the remedy; null when it can. */
export function serverFault(server: string, servers: McpServers): string | null {
  if (servers === null) return `\`${server}\` cannot be used: ${MCP_FILE} has a mistake, correct that one first.`
  if (servers.has(server)) return null
  const known = servers.size > 0 ? `, which has ${[...servers.keys()].join(', ')}` : ''
  return `There is no server \`${server}\`: add it to \`mcpServers\` in ${MCP_FILE} of this folder${known}, or remove its name here.`
}
