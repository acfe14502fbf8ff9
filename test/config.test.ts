import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig, readEnvironment } from '../src/config.ts'
import { UserError } from '../src/errors.ts'

const load = (env: Record<string, string | undefined> = {}) => loadConfig(env, '/srv/errand')

function problemsOf(env: Record<string, string>): string[] {
  try {
    load(env)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return (error as UserError).message.split('\n').slice(1)
  }
  throw new Error('the configuration was accepted')
}

test('an empty environment is the defaults, with paths of the folder that it was started in', () => {
  expect(load()).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: 'sqlite:/srv/errand/data/errand.db',
    dataDir: '/srv/errand/data',
    instructionsDir: '/srv/errand/instructions',
    outputsDir: '/srv/errand/outputs',
    claudeBin: null,
    claudeModel: null,
    sandbox: 'auto',
    jobTimeoutMinutes: 30,
    drainSeconds: 20,
    retentionDays: 90,
    retentionGb: 50,
    logLevel: 'info',
    agentEnv: {},
    secrets: [],
  })
  expect(load().maxConcurrentJobs).toBeGreaterThanOrEqual(1)
})

test('Slack needs a way in and a way out, and is not there without either', () => {
  const tokens = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
  expect(load().slack).toBeNull()
  const given = { ADMIN_USERS: 'user:slack:U1, user:discord:2', SLACK_API_URL: 'http://127.0.0.1:9/api' }
  expect(load({ ...tokens, ...given })).toMatchObject({
    slack: { botToken: 'xoxb-1', appToken: 'xapp-1', signingSecret: null, apiUrl: 'http://127.0.0.1:9/api/' },
    secrets: ['xoxb-1', 'xapp-1'],
  })
  expect(problemsOf({ SLACK_BOT_TOKEN: 'xoxb-1' })).toEqual([expect.stringMatching(/^ {2}SLACK_APP_TOKEN: .*SIGNING/)])
  expect(problemsOf({ SLACK_SIGNING_SECRET: 'x' })).toEqual([
    expect.stringMatching(/^ {2}SLACK_BOT_TOKEN: must be set/),
  ])
  expect(problemsOf({ ...tokens, SLACK_BOT_TOKEN: 'xapp-1', ADMIN_USERS: 'ann' })).toEqual([
    expect.stringMatching(/^ {2}SLACK_BOT_TOKEN: must begin with xoxb-/),
    expect.stringMatching(/^ {2}ADMIN_USERS: .*user:slack:U024/),
  ])
})

test('an empty value counts as unset', () => {
  expect(load({ PORT: '', DATA_DIR: '', CLAUDE_BIN: '', MAX_CONCURRENT_JOBS: undefined })).toEqual(load())
})

test('what is set is taken, and relative paths are of the folder that it was started in', () => {
  const env = { HOST: '::', PORT: '0', DATA_DIR: '/var/errand', OUTPUTS_DIR: 'out', CLAUDE_BIN: 'bin/claude' }
  expect(load({ ...env, JOB_TIMEOUT_MINUTES: '0.5', DRAIN_SECONDS: '1.5', MAX_CONCURRENT_JOBS: '7' })).toMatchObject({
    host: '::',
    port: 0,
    dataDir: '/var/errand',
    databaseUrl: 'sqlite:/var/errand/errand.db',
    outputsDir: '/srv/errand/out',
    claudeBin: '/srv/errand/bin/claude',
    jobTimeoutMinutes: 0.5,
    drainSeconds: 1.5,
    maxConcurrentJobs: 7,
  })
})

describe('a problem', () => {
  test.each([
    ['PORT', 'http', 'must be a whole number from 0 to 65535'],
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    [
      'PUBLIC_URL',
      'https://example.com/a;b',
      'must be an address such as https://errand.example.com or https://example.com/errand',
    ],
    [
      'PUBLIC_URL',
      'https://example.com//a',
      'must be an address such as https://errand.example.com or https://example.com/errand',
    ],
    ['DEFAULT_TIMEZONE', 'Mars/Olympus', 'must be a time zone such as Europe/Berlin or UTC'],
    ['MAX_CONCURRENT_JOBS', '0', 'must be a whole number from 1 to 1000'],
    ['MAX_CONCURRENT_JOBS', '1.5', 'must be a whole number from 1 to 1000'],
    ['JOB_TIMEOUT_MINUTES', '-1', 'must be a number above 0 and at most 10080; decimals are allowed'],
    ['JOB_TIMEOUT_MINUTES', '0', 'must be a number above 0 and at most 10080; decimals are allowed'],
    ['JOB_TIMEOUT_MINUTES', '50000', 'must be a number above 0 and at most 10080; decimals are allowed'],
    ['DRAIN_SECONDS', '20s', 'must be a number above 0 and at most 86400; decimals are allowed'],
    ['ANTHROPIC_API_KEY', 'sk-ant-1\n', 'must be one word without spaces or line breaks'],
    ['CLAUDE_CODE_OAUTH_TOKEN', 'oauth 1', 'must be one word without spaces or line breaks'],
    ['SANDBOX', 'on', 'must be one of off, cli, bwrap, auto'],
    ['LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent'],
    ['LOG_FORMAT', 'xml', 'must be pretty or json'],
    ['DATABASE_URL', 'postgres://ann:pw@db/x', 'must begin with "sqlite:", as in sqlite:./data/errand.db'],
  ])('of %s=%s says what fits', (name, value, fits) => {
    expect(problemsOf({ [name]: value })).toEqual([`  ${name}: ${fits}`])
  })

  test('never stands alone while there are others', () => {
    const env = { PORT: 'x', LOG_LEVEL: 'x', LOG_FORMAT: 'x', DRAIN_SECONDS: 'x', AGENT_ENV: 'SLACK_BOT_TOKEN' }
    expect(() => load(env)).toThrow(/^The configuration has 5 problems:\n/)
    expect(
      problemsOf(env)
        .map(line => line.split(':')[0]?.trim())
        .sort(),
    ).toEqual(Object.keys(env).sort())
    expect(() => load({ PORT: 'x' })).toThrow(/^The configuration has a problem:\n/)
  })

  test('never repeats a value, which may be a secret in the wrong place', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://ann:pw@db/x' }).join()).not.toContain('pw')
  })
})

describe("the agent's environment", () => {
  test('is an allow-list: what programs need, and the way to Bedrock or Vertex', () => {
    const others = {
      ANTHROPIC_API_KEY: 'sk-ant-1',
      CLAUDE_CODE_OAUTH_TOKEN: 'oauth-1',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
      HOME: '/root',
      CLAUDECODE: '1',
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      ADMIN_TOKEN: 'a-token-of-sixteen',
      NODE_OPTIONS: '-r x',
      LD_PRELOAD: 'x',
    }
    const passed = { PATH: '/bin', TZ: 'UTC', CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: 'eu-west-1' }
    expect(load({ ...others, ...passed }).agentEnv).toEqual(passed)
  })

  test('gets what AGENT_ENV names, as far as it is set', () => {
    const env = { AGENT_ENV: 'CRM_TOKEN, PROXY NOT_SET,,constructor', CRM_TOKEN: 'c', PROXY: 'p', OTHER: 'o' }
    expect(load(env).agentEnv).toEqual({ CRM_TOKEN: 'c', PROXY: 'p' })
  })

  test.each([
    'ADMIN_TOKEN',
    'ANTHROPIC_API_KEY',
    'CLAUDE_CODE_OAUTH_TOKEN',
    'SLACK_BOT_TOKEN',
    'SLACK_APP_TOKEN',
    'SLACK_SIGNING_SECRET',
    'DISCORD_TOKEN',
    'DATABASE_URL',
  ])('never gets %s, and the problem says so', name => {
    expect(problemsOf({ AGENT_ENV: `CRM_TOKEN,${name}` }).join()).toMatch(/^ {2}AGENT_ENV: must not name .*secrets/)
  })
})

describe('the account', () => {
  const baseUrl = 'https://api.anthropic.com'
  const key = { ANTHROPIC_API_KEY: 'sk-ant-1' }
  const login = { CLAUDE_CODE_OAUTH_TOKEN: 'oauth-1' }

  test.each([
    ['none', {}, null],
    ['a key', key, { kind: 'key', secret: 'sk-ant-1', baseUrl }],
    ['a login', login, { kind: 'oauth', secret: 'oauth-1', baseUrl }],
    ['a key before a login', { ...login, ...key }, { kind: 'key', secret: 'sk-ant-1', baseUrl }],
    ['none of ours beside Bedrock', { ...key, CLAUDE_CODE_USE_BEDROCK: '1' }, null],
    ['none of ours beside Vertex', { ...login, CLAUDE_CODE_USE_VERTEX: 'true' }, null],
    [
      'a key where Bedrock is off',
      { ...key, CLAUDE_CODE_USE_BEDROCK: '0' },
      { kind: 'key', secret: 'sk-ant-1', baseUrl },
    ],
  ])('is %s', (_, env, account) => {
    expect(load(env).account).toEqual(account)
  })

  test('is of the API that ANTHROPIC_BASE_URL names, which must be one', () => {
    expect(load({ ...key, ANTHROPIC_BASE_URL: 'http://gate:8080/claude' }).account?.baseUrl).toBe(
      'http://gate:8080/claude',
    )
    const problem = '  ANTHROPIC_BASE_URL: must be an address that begins with https:// or http://'
    for (const wrong of ['gate:8080', 'file:///etc', 'api.anthropic.com'])
      expect(problemsOf({ ANTHROPIC_BASE_URL: wrong })).toEqual([problem])
  })
})

test('what must not be seen is known: the keys of every account', () => {
  const keys = {
    ANTHROPIC_API_KEY: 'sk-ant-1',
    CLAUDE_CODE_OAUTH_TOKEN: 'oauth-1',
    AWS_SECRET_ACCESS_KEY: 'aws-1',
    AWS_SESSION_TOKEN: 'aws-2',
    AWS_BEARER_TOKEN_BEDROCK: 'aws-3',
  }
  expect([...load({ ...keys, AWS_REGION: 'eu-west-1' }).secrets].sort()).toEqual(Object.values(keys).sort())
})

test('the configuration is frozen', () => {
  const config = load({ PATH: '/bin', ANTHROPIC_API_KEY: 'sk-ant-1' })
  for (const part of [config, config.account, config.agentEnv, config.secrets]) expect(Object.isFrozen(part)).toBe(true)
})

describe('.env', () => {
  async function inFolder(): Promise<string> {
    const [before, dir] = [process.cwd(), await mkdtemp(join(tmpdir(), 'errand-env-'))]
    process.chdir(dir)
    onTestFinished(async () => {
      process.chdir(before)
      delete process.env.ERRAND_TEST_A
      delete process.env.ERRAND_TEST_B
      await rm(dir, { recursive: true })
    })
    return dir
  }

  test('adds to the environment, and what is set outside wins', async () => {
    await writeFile(join(await inFolder(), '.env'), 'ERRAND_TEST_A=file\nERRAND_TEST_B="with space"\n')
    process.env.ERRAND_TEST_A = 'outside'
    expect(readEnvironment()).toMatchObject({ ERRAND_TEST_A: 'outside', ERRAND_TEST_B: 'with space' })
  })

  test('may be missing', async () => {
    await inFolder()
    expect(readEnvironment().PATH).toBe(process.env.PATH)
  })

  test('that cannot be read is one sentence', async () => {
    await mkdir(join(await inFolder(), '.env'))
    expect(readEnvironment).toThrow(/^\.env cannot be read \(.*\)\. Correct it or remove it\.$/)
    expect(readEnvironment).toThrow(UserError)
  })
})

test('what AGENT_ENV names as a secret is one', () => {
  const env = { AGENT_ENV: 'CRM_TOKEN,CRM_URL', CRM_TOKEN: 'token-of-the-crm', CRM_URL: 'https://crm.example.com' }
  expect(load(env).secrets).toEqual(['token-of-the-crm'])
})
