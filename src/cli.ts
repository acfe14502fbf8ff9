#!/usr/bin/env node
// The version is checked before anything else is loaded: a native module of a newer Node crashes an older one
// without a word. Hence no import here but the one that follows the check.
const NEEDED = [22, 12] as const
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(
    `Errand needs Node ${NEEDED.join('.')} or newer, and this is ${process.versions.node}: start it with "npm start" or "npm run errand --", which use the Node that "npm ci" brought on Linux x64, or install a newer one.`,
  )
  process.exitCode = 2
} else {
  const { enableCompileCache } = await import('node:module') // an older Node does not have it
  // The second start takes half as long. Beside the packages: who may write there owns the program anyway, which is not
  // so in the temporary folder.
  enableCompileCache(`${import.meta.dirname}/../node_modules/.cache/errand`)
  const { runProgram } = await import('./program.ts')
  process.exitCode = await runProgram(process.argv)
}

export {}
