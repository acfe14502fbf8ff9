import { posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteral,
} from 'typescript/unstable/ast/is'
import { API } from 'typescript/unstable/sync'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A file of src as TypeScript's own parser reads it: its path in the repository, and its nodes, outer ones first. */
export type Source = { path: string; file: SourceFile; nodes: Node[] }

/** An import: the file that it is in, its place, and a path in the repository, a package's name or a module of Node. */
export type Import = { path: string; where: string; to: string }

/** Every file of src, parsed. */
export function readSources(): Source[] {
  const api = new API({ cwd: ROOT })
  try {
    const project = api.updateSnapshot({ openProjects: [`${ROOT}tsconfig.json`] }).getProjects()[0]
    if (!project) throw new Error('tsconfig.json opens no project')
    const paths = project.rootFiles.filter(path => path.startsWith(`${ROOT}src/`))
    return paths.map(path => {
      const file = project.program.getSourceFile(path)
      if (!file) throw new Error(`${path} was not parsed`)
      return { path: relative(ROOT, path), file, nodes: nodesOf(file) }
    })
  } finally {
    api.close()
  }
}

function nodesOf(file: SourceFile): Node[] {
  const found: Node[] = []
  const visit = (node: Node): void => {
    found.push(node)
    node.forEachChild(visit)
  }
  file.forEachChild(visit)
  return found
}

/** `src/job.ts:12`, as editors open it. */
export const whereIs = ({ path, file }: Source, node: Node): string => `${path}:${firstLine(file, node)}`

/** How many lines a node has, without the comment above it. */
export const lengthOf = ({ file }: Source, node: Node): number =>
  file.getLineAndCharacterOfPosition(node.end).line + 2 - firstLine(file, node)

const firstLine = (file: SourceFile, node: Node): number =>
  file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1

/** Everything that a file imports: by declaration, re-export, call or type. */
export const importsOf = (source: Source): Import[] =>
  source.nodes.flatMap(node => {
    const specifier = specifierOf(node)
    if (!specifier || !isStringLiteral(specifier)) return []
    return { path: source.path, where: whereIs(source, node), to: targetOf(source.path, specifier.text) }
  })

function specifierOf(node: Node): Node | undefined {
  if (isImportDeclaration(node) || isExportDeclaration(node)) return node.moduleSpecifier
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) return node.arguments[0]
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) return node.argument.literal
  return undefined
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  if (specifier.startsWith('node:')) return specifier
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
