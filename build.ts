/**
 * `npm run build`: makes `dist/`, which plain Node runs, out of `src/` and most packages in a few files. Read as some
 * four hundred of them instead, the program takes half as long again to start and 20 MB more.
 */
import { cp, rm } from 'node:fs/promises'
import { build } from 'esbuild'

/** Read from `node_modules`: they look for files of their own beside them, or are loaded by few and only sometimes. */
const APART = ['better-sqlite3', 'pino', 'pino-pretty', '@slack/bolt', 'discord.js', '@copilotkit/aimock']

await rm('dist', { recursive: true, force: true })
await build({
  entryPoints: ['src/cli.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true, // a command loads only what it needs, and an old Node only the check of its version
  sourcemap: true, // NODE_OPTIONS=--enable-source-maps names the lines of src in errors, for 17 MB
  platform: 'node',
  format: 'esm',
  target: 'node22.12',
  external: APART,
  // Packages in CommonJS ask for Node's own modules by it.
  banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
})
await cp('src/admin/assets', 'dist/assets', { recursive: true })
