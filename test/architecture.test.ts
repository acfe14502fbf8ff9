import { type Node, SyntaxKind } from 'typescript/unstable/ast'
import {
  isClassDeclaration,
  isExportAssignment,
  isExportDeclaration,
  isFunctionLikeDeclaration,
  isIdentifier,
  isPropertyAccessExpression,
} from 'typescript/unstable/ast/is'
import { describe, expect, test } from 'vitest'
import { importsOf, lengthOf, readSources, type Source, whereIs } from './support/source-files.ts'

const sources = readSources()
const imports = sources.flatMap(importsOf)

/** Where this holds, of all nodes of all files. */
const places = (holds: (node: Node, source: Source) => boolean): string[] =>
  sources.flatMap(source => source.nodes.filter(node => holds(node, source)).map(node => whereIs(source, node)))

test('there is something to check', () => {
  expect(sources.length).toBeGreaterThan(50)
  expect(imports.length).toBeGreaterThan(200)
})

/**
 * What a part of the house may import besides itself. `leaf` is every file at the root of src that is not named here.
 * A platform's folder and the agent's are parts of their own: they stand behind a port, and only composers name them.
 */
const MAY_IMPORT: Record<string, string[]> = {
  leaf: [],
  db: ['leaf'],
  'engine/instructions': ['leaf'],
  engine: ['leaf', 'db', 'engine/instructions'],
  'engine/claude': ['leaf', 'engine'],
  bot: ['leaf', 'db', 'engine', 'engine/instructions'],
  'bot/*': ['leaf', 'engine', 'engine/instructions', 'bot'],
  admin: ['leaf', 'db', 'engine', 'engine/instructions'],
  'src/bot/platforms.ts': ['leaf', 'engine', 'engine/instructions', 'bot', 'bot/*'],
  'src/app.ts': ['leaf', 'db', 'engine', 'engine/instructions', 'engine/claude', 'bot', 'admin'],
  'src/main.ts': ['leaf', 'admin', 'src/app.ts', 'src/bot/platforms.ts'],
  demo: ['leaf', 'engine', 'engine/instructions', 'bot', 'bot/*', 'src/app.ts'],
  'src/slack-app.ts': ['leaf', 'engine/instructions', 'bot', 'bot/*'],
  backup: ['leaf', 'db', 'engine'],
  doctor: ['leaf', 'db', 'engine', 'engine/instructions', 'engine/claude', 'bot/*', 'src/app.ts'],
  remote: ['leaf', 'engine', 'engine/instructions', 'bot', 'bot/*', 'admin'],
  'src/program.ts': ['leaf', 'backup', 'demo', 'doctor', 'remote', 'src/main.ts', 'src/slack-app.ts'],
  'src/cli.ts': ['src/program.ts'],
}

function partOf(path: string): string {
  if (path in MAY_IMPORT) return path
  const [folder = 'leaf', inner] = path.split('/').slice(1, -1)
  return inner && (folder === 'bot' || `${folder}/${inner}` in MAY_IMPORT) ? `${folder}/${inner}` : folder
}

const ruleOf = (part: string): string => (part.startsWith('bot/') ? 'bot/*' : part)

describe('imports', () => {
  const ours = imports.filter(({ to }) => /^(src|test|bench|\.\.)\//.test(to))

  test('go to the left only: leaf files, db, engine, then bot and admin', () => {
    const wrong = ours.filter(({ path, to }) => {
      const [from, target] = [partOf(path), partOf(to)]
      return from !== target && !MAY_IMPORT[ruleOf(from)]?.includes(ruleOf(target))
    })
    expect(wrong.map(({ where, to }) => `${where} imports ${to}`)).toEqual([])
  })

  test('name files of src, and those that there are', () => {
    const files = new Set(sources.map(({ path }) => path))
    expect(ours.filter(({ to }) => !files.has(to)).map(({ where, to }) => `${where} imports ${to}`)).toEqual([])
  })

  test('never lead back to where they began, types included', () => {
    const next = Map.groupBy(ours, ({ path }) => path)
    const reached = (from: string): Set<string> => {
      const seen = new Set<string>()
      const open = [from]
      for (let path = open.pop(); path !== undefined; path = open.pop()) {
        const fresh = (next.get(path) ?? []).map(({ to }) => to).filter(to => !seen.has(to))
        for (const to of fresh) seen.add(to)
        open.push(...fresh)
      }
      return seen
    }
    const circles = ours.filter(({ path, to }) => reached(to).has(path))
    expect(circles.map(({ where, to }) => `${where} imports ${to}`)).toEqual([])
  })
})

/** The one home of each package, types included: what replaces it one day has to change nothing else. */
const HOMES: Record<string, string> = {
  '@copilotkit/aimock': 'src/demo/',
  '@slack/bolt': 'src/bot/slack/',
  '@hono/node-server': 'src/admin/',
  '@hono/zod-openapi': 'src/admin/',
  'better-sqlite3': 'src/db/',
  commander: 'src/program.ts',
  croner: 'src/engine/schedules/',
  diff: 'src/admin/',
  'discord.js': 'src/bot/discord/',
  'eventsource-parser': 'src/engine/claude/key-proxy/',
  execa: 'src/engine/claude/',
  hono: 'src/admin/',
  kysely: 'src/db/',
  'markdown-it': 'src/admin/',
  'node-cron': 'src/engine/schedules/',
  'p-limit': 'src/engine/pool.ts',
  'file-type': 'src/engine/outputs/media-type.ts',
  'tar-stream': 'src/backup/',
  'rate-limiter-flexible': 'src/admin/',
  picomatch: 'src/engine/outputs/collect.ts',
  pino: 'src/log.ts',
  'pino-pretty': 'src/log.ts',
  yaml: 'src/engine/instructions/',
  zod: 'src/',
}

test('a package is imported in its home only, and every package has one', () => {
  const packages = imports.filter(({ to }) => !/^(src\/|node:)/.test(to))
  const astray = packages.filter(({ path, to }) => !path.startsWith(HOMES[to] ?? 'nowhere'))
  expect(
    astray.map(({ where, to }) => `${where} imports ${to}, whose home is ${HOMES[to] ?? 'not named here'}`),
  ).toEqual([])
})

test('a file asks where it lies only where that is so of the built one too, which lies in dist', () => {
  const asks = places(node => node.kind === SyntaxKind.MetaProperty)
  expect(asks.map(where => where.replace(/:.*/, ''))).toEqual([
    'src/cli.ts', // node_modules beside its folder
    'src/package.ts', // the folder above
    'src/admin/assets.ts', // the one beside it, which build.ts copies
    'src/engine/claude/binary.ts', // what node_modules has for it
  ])
})

test('the environment is read in config.ts alone', () => {
  const reads = (node: Node): boolean =>
    isPropertyAccessExpression(node) &&
    isIdentifier(node.expression) &&
    node.expression.text === 'process' &&
    node.name.text === 'env'
  expect(places((node, { path }) => reads(node) && path !== 'src/config.ts')).toEqual([])
  expect(imports.filter(({ to }) => to === 'node:process').map(({ where }) => where)).toEqual([])
  expect(places(reads)).toHaveLength(1)
})

describe('size', () => {
  test('no file has more than 250 lines', () => {
    const long = sources.filter(({ file }) => file.text.split('\n').length > 251)
    expect(long.map(({ path, file }) => `${path}:${file.text.split('\n').length}`)).toEqual([])
  })

  test('no function has more than 50 lines', () => {
    const long = sources.flatMap(source =>
      source.nodes
        .filter(node => isFunctionLikeDeclaration(node) && lengthOf(source, node) > 50)
        .map(node => `${whereIs(source, node)} has ${lengthOf(source, node)} lines`),
    )
    expect(long).toEqual([])
  })
})

describe('plain TypeScript', () => {
  test('without any', () => {
    expect(places(node => node.kind === SyntaxKind.AnyKeyword)).toEqual([])
  })

  test('without default exports', () => {
    expect(places(node => isExportAssignment(node) || node.kind === SyntaxKind.DefaultKeyword)).toEqual([])
  })

  test('without export *', () => {
    const isStar = (node: Node) => isExportDeclaration(node) && node.exportClause?.kind !== SyntaxKind.NamedExports
    expect(places(isStar)).toEqual([])
  })

  test('without classes but for errors', () => {
    expect(places(node => isClassDeclaration(node) && !/Error$/.test(node.name?.text ?? ''))).toEqual([])
  })
})
