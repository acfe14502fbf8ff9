import { isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import {
  CHAT_SECRETS,
  chatVariables,
  type DiscordConfig,
  discordOf,
  missingHalf,
  type SlackConfig,
  slackOf,
} from './chat-config.ts'
import { credential, defaultConcurrency, positiveNumber, splitNames, timezone, wholeNumber } from './config-values.ts'
import { messageOf, UserError } from './errors.ts'
import { isSecretName } from './redact.ts'
import { SANDBOXES, type Sandbox } from './sandbox.ts'
import { SYSTEM_ZONE } from './zone.ts'

/** Who pays for the agent's calls: an API key or a login's token, and the API that takes it. */
export type Account = { readonly kind: 'key' | 'oauth'; readonly secret: string; readonly baseUrl: string }

/** Everything that the environment decides, checked and frozen; modules get their own slice of it. */
export type Config = {
  host: string
  port: number
  /** Where people reach the server, without a slash at its end; null when it is not known. */
  publicUrl: string | null
  /** What the API and the login page ask for; null: one is made at the first start. */
  adminToken: string | null
  databaseUrl: string
  dataDir: string
  instructionsDir: string
  outputsDir: string
  claudeBin: string | null
  claudeModel: string | null
  /** Null: none is set, or the agent reaches Bedrock or Vertex with the variables in `agentEnv`. */
  account: Account | null
  /** `auto`: the strictest that works on this machine. */
  sandbox: Sandbox | 'auto'
  maxConcurrentJobs: number
  jobTimeoutMinutes: number
  stallMinutes: number
  /** Keys of people who are admins: `user:slack:U024`. */
  adminUsers: readonly string[]
  drainSeconds: number
  /** For how long an ended thread is kept; 0: for ever. */
  retentionDays: number
  /** How much ended threads may take on the disk; 0: as much as they do. */
  retentionGb: number
  /** The zone of a schedule that names none. */
  defaultTimezone: string
  /** Null without a token. */
  slack: SlackConfig | null
  logLevel: (typeof LOG_LEVELS)[number]
  logFormat: 'pretty' | 'json'
  /** Null without a token. */
  discord: DiscordConfig | null
  /** Place keys where the bot may be used; empty: wherever it is. */
  allowedChannels: readonly string[]
  /** Colour codes may be written to a terminal. */
  color: boolean
  /** The only variables of the server's environment that an agent sees. */
  agentEnv: Readonly<Record<string, string>>
  /** Values that must never appear in a log or a post. */
  secrets: readonly string[]
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const OWN_SECRETS = [
  ...['ADMIN_TOKEN', 'ERRAND_TOKEN', 'ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN'],
  ...CHAT_SECRETS,
] as const
const SECRETS = [...OWN_SECRETS, 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK'] as const

/**
 * What the agent needs to find programs, to write text in the right way and to reach Bedrock or Vertex. Its key is not
 * among them.
 */
const AGENT_VARIABLES = [
  'PATH',
  'LANG',
  'LC_ALL',
  'TZ',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'AWS_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_BEARER_TOKEN_BEDROCK',
  'ANTHROPIC_VERTEX_PROJECT_ID',
  'CLOUD_ML_REGION',
  'GOOGLE_APPLICATION_CREDENTIALS',
]

/** The process's environment with what `.env` adds to it; a variable that is set outside wins. The one read. */
export function readEnvironment(): Record<string, string | undefined> {
  try {
    process.loadEnvFile('.env')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      throw new UserError(`.env cannot be read (${messageOf(error)}). Correct it or remove it.`, { cause: error })
  }
  return process.env
}

/**
 * Checks the environment. An empty value counts as unset. Throws one UserError that lists every problem, each with
 * the variable's name and what fits.
 */
export function loadConfig(env: Record<string, string | undefined>, cwd = process.cwd()): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = variables(Boolean(process.stderr.isTTY)).safeParse(given)
  const half = missingHalf(given)
  if (!parsed.success || half !== null) {
    const issues = parsed.success ? [] : parsed.error.issues
    const problems = [
      ...issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`),
      ...(half ? [`  ${half}`] : []),
    ]
    throw new UserError(`The configuration has ${counted(problems.length)}:\n${problems.join('\n')}`)
  }
  const v = parsed.data
  const path = (value: string) => (isAbsolute(value) ? value : resolve(cwd, value))
  const dataDir = path(v.DATA_DIR)
  const agentEnv = pick(given, [...AGENT_VARIABLES, ...v.AGENT_ENV])
  return Object.freeze({
    host: v.HOST,
    port: v.PORT,
    publicUrl: v.PUBLIC_URL ?? null,
    adminToken: v.ADMIN_TOKEN ?? null,
    databaseUrl: v.DATABASE_URL ?? `sqlite:${join(dataDir, 'errand.db')}`,
    dataDir,
    instructionsDir: path(v.INSTRUCTIONS_DIR),
    outputsDir: path(v.OUTPUTS_DIR),
    claudeBin: v.CLAUDE_BIN === undefined ? null : path(v.CLAUDE_BIN), // it is started in other folders than this one
    claudeModel: v.CLAUDE_MODEL ?? null,
    account: accountOf(v),
    sandbox: v.SANDBOX,
    maxConcurrentJobs: v.MAX_CONCURRENT_JOBS ?? defaultConcurrency(),
    jobTimeoutMinutes: v.JOB_TIMEOUT_MINUTES,
    stallMinutes: v.STALL_MINUTES,
    adminUsers: v.ADMIN_USERS,
    drainSeconds: v.DRAIN_SECONDS,
    retentionDays: v.RETENTION_DAYS,
    retentionGb: v.RETENTION_GB,
    defaultTimezone: v.DEFAULT_TIMEZONE,
    slack: slackOf(v),
    logLevel: v.LOG_LEVEL,
    logFormat: v.LOG_FORMAT,
    discord: discordOf(v),
    allowedChannels: Object.freeze(v.ALLOWED_CHANNELS),
    color: process.stdout.isTTY === true && v.NO_COLOR === undefined,
    agentEnv: Object.freeze(agentEnv),
    secrets: Object.freeze(Object.values(pick(given, [...SECRETS, ...v.AGENT_ENV.filter(isSecretName)]))),
  })
}

/** True when somebody pays for the agent's calls: an account, or a cloud whose variables the agent has. */
export const hasAccount = ({ account, agentEnv }: Pick<Config, 'account' | 'agentEnv'>): boolean =>
  account !== null || CLOUDS.some(name => agentEnv[name] !== undefined)

const CLOUDS = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX']

const variables = (tty: boolean) =>
  z.object({
    HOST: z.string().default('127.0.0.1'),
    PORT: wholeNumber(0, 65_535).default(3000),
    PUBLIC_URL: z
      .url({ protocol: /^https?$/, error: PUBLIC_URL_FITS })
      .refine(url => !/[?#;]|[^:]\/\//.test(url), PUBLIC_URL_FITS) // no cookie's path has `;`, and `//` begins a host
      .transform(url => url.replace(/\/+$/, ''))
      .optional(),
    ADMIN_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]{16,}$/, 'must have at least 16 letters, digits or signs, without spaces')
      .optional(),
    DATABASE_URL: z
      .string()
      .startsWith('sqlite:', 'must begin with "sqlite:", as in sqlite:./data/errand.db')
      .optional(),
    DATA_DIR: z.string().default('./data'),
    INSTRUCTIONS_DIR: z.string().default('./instructions'),
    OUTPUTS_DIR: z.string().default('./outputs'),
    CLAUDE_BIN: z.string().optional(),
    CLAUDE_MODEL: z.string().optional(),
    ANTHROPIC_API_KEY: credential.optional(),
    CLAUDE_CODE_OAUTH_TOKEN: credential.optional(),
    ANTHROPIC_BASE_URL: z
      .url({ protocol: /^https?$/, message: 'must be an address that begins with https:// or http://' })
      .default('https://api.anthropic.com'),
    CLAUDE_CODE_USE_BEDROCK: z.string().optional(),
    CLAUDE_CODE_USE_VERTEX: z.string().optional(),
    AGENT_ENV: z.string().default('').transform(splitNames).refine(noSecret, refusedSecrets),
    SANDBOX: z.enum([...SANDBOXES, 'auto'], `must be one of ${SANDBOXES.join(', ')}, auto`).default('auto'),
    MAX_CONCURRENT_JOBS: wholeNumber(1, 1000).optional(),
    JOB_TIMEOUT_MINUTES: positiveNumber(7 * 24 * 60).default(30),
    STALL_MINUTES: positiveNumber(7 * 24 * 60).default(10),
    DRAIN_SECONDS: positiveNumber(24 * 60 * 60).default(20),
    RETENTION_DAYS: wholeNumber(0, 36_500).default(90),
    RETENTION_GB: wholeNumber(0, 1_000_000).default(50),
    DEFAULT_TIMEZONE: timezone.default(SYSTEM_ZONE),
    ...chatVariables,
    LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
    NO_COLOR: z.string().optional(), // see no-color.org
    LOG_FORMAT: z.enum(['pretty', 'json'], 'must be pretty or json').default(tty ? 'pretty' : 'json'),
  })

const PUBLIC_URL_FITS = 'must be an address such as https://errand.example.com or https://example.com/errand'

type AccountVariables = Pick<
  z.infer<ReturnType<typeof variables>>,
  | 'ANTHROPIC_API_KEY'
  | 'CLAUDE_CODE_OAUTH_TOKEN'
  | 'ANTHROPIC_BASE_URL'
  | 'CLAUDE_CODE_USE_BEDROCK'
  | 'CLAUDE_CODE_USE_VERTEX'
>

/** The account in the CLI's own order: Bedrock and Vertex before a key, a key before a login. */
function accountOf(v: AccountVariables): Account | null {
  const isOn = (value: string | undefined) => /^(1|true|yes|on)$/i.test(value ?? '') // as the CLI reads it
  if (isOn(v.CLAUDE_CODE_USE_BEDROCK) || isOn(v.CLAUDE_CODE_USE_VERTEX)) return null
  const baseUrl = v.ANTHROPIC_BASE_URL
  if (v.ANTHROPIC_API_KEY) return Object.freeze({ kind: 'key', secret: v.ANTHROPIC_API_KEY, baseUrl })
  if (v.CLAUDE_CODE_OAUTH_TOKEN) return Object.freeze({ kind: 'oauth', secret: v.CLAUDE_CODE_OAUTH_TOKEN, baseUrl })
  return null
}

// The program's own secrets by name, and names that anyone would give to its platforms' tokens.
const OWN = [...OWN_SECRETS, 'DATABASE_URL']
const noSecret = (names: string[]) => !names.some(name => OWN.some(own => name.startsWith(own)))
const refusedSecrets = {
  message: `must not name the program's own secrets (${OWN.join(', ')})`,
}

function pick(env: Record<string, string | undefined>, names: readonly string[]): Record<string, string> {
  const found = names.filter(name => Object.hasOwn(env, name)).map(name => [name, env[name]] as const)
  return Object.fromEntries(found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined))
}

const counted = (n: number) => (n === 1 ? 'a problem' : `${n} problems`)
