import { asSeen } from './printable.ts'

/**
 * Takes secrets out of a text: `[secret]` stands in their places, and JSON stays JSON. It sees one text: what is cut or
 * joined is to be redacted before it is cut and after it is joined.
 */
export type Redact = (text: string) => string

/** Stands where a secret was. */
export const MARK = '[secret]'
/** A shorter secret is left, since it would match by chance; of a cut one as much is told from other words. */
const MIN_CHARS = 6
/** What stands where our own code has cut a text. */
const CUT_MARKS = ['…', '\n[cut here', '\\n[cut here']

/**
 * Redacts these values, in the forms that JSON, addresses and base64 give them and also where a cut left only the
 * beginning or the end of one; and whatever has the form of a common kind of key. It takes a time that grows with the
 * text's length only, whatever is in it.
 */
export function createRedact(secrets: readonly string[]): Redact {
  const forms = [...new Set(secrets.filter(({ length }) => length >= MIN_CHARS).flatMap(formsOf))]
  forms.sort((a, b) => b.length - a.length) // one that holds another goes first, or its rest would stay
  const redact = (text: string): string => {
    let left = text
    for (const form of forms) left = left.replaceAll(form, MARK)
    for (const form of forms) left = withoutEnds(withoutBeginnings(left, form), form)
    return left.replace(KEYS, MARK)
  }
  return text => {
    const left = redact(text)
    // `grep --color` puts codes into a key that it finds; whoever posts the text takes them out again.
    const seen = asSeen(left)
    const clean = seen === left ? left : redact(seen)
    return clean === seen ? left : clean
  }
}

/** Secrets that become known one after the other. None is forgotten: what holds it may still be on its way. */
export type Secrets = { redact: Redact; learn(secrets: readonly string[]): void }

export function createSecrets(known: readonly string[]): Secrets {
  const all = new Set(known)
  let redact = createRedact(known)
  return {
    redact: text => redact(text),
    learn: secrets => {
      for (const secret of secrets) all.add(secret)
      redact = createRedact([...all])
    },
  }
}

/** True for a name that anyone would give to a secret. */
export const isSecretName = (name: string): boolean => /KEY|TOKEN|SECRET|PASSWORD|AUTHORIZATION/i.test(name)

/** A value with every text in it redacted, the names of its fields too. */
export function redactAll<T>(value: T, redact: Redact): T {
  return redactValue(value, redact) as T
}

function redactValue(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(item => redactValue(item, redact))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), redactValue(item, redact)]))
}

const formsOf = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret.toWellFormed()),
  new URLSearchParams([['', secret]]).toString().slice(1), // as forms have it, and programs that escape more
  ...inBase64(secret),
]

/** As base64 has it behind whatever else (`user:secret` in a header), without the characters shared with a neighbour. */
function inBase64(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const forms = [0, 1, 2].flatMap(before => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const own = text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3))
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return forms.filter(({ length }) => length >= MIN_CHARS)
}

/** Without what a cut left of the secret: its beginning at the text's end or before a mark of ours. */
function withoutBeginnings(text: string, secret: string): string {
  const head = secret.slice(0, MIN_CHARS)
  let kept = ''
  let from = 0
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, Math.max(at + 1, from))) {
    let end = at + MIN_CHARS
    while (end < text.length && text[end] === secret[end - at]) end += 1
    if (end < text.length && !CUT_MARKS.some(mark => text.startsWith(mark, end))) continue
    kept += text.slice(from, at) + MARK
    from = end
  }
  return kept + text.slice(from)
}

/** Without what a cut left of the secret: its end at the text's beginning or after a mark of ours. */
function withoutEnds(text: string, secret: string): string {
  const tail = secret.slice(-MIN_CHARS)
  let kept = ''
  let from = 0
  for (let at = text.indexOf(tail); at !== -1; at = text.indexOf(tail, at + 1)) {
    let start = at
    while (start > from && text[start - 1] === secret.at(start - 1 - at - MIN_CHARS)) start -= 1
    if (start > 0 && text[start - 1] !== '…') continue
    kept += text.slice(from, start) + MARK
    from = at + MIN_CHARS
  }
  return kept + text.slice(from)
}

// A word's beginning, in a text or in JSON, where a line break is a backslash and a letter.
const START = String.raw`(?:(?<![\w\\-])|(?<=\\[nrtbf]))`
const PEM = `[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----`

/**
 * Common keys by their form; formats after gitleaks' rules (github.com/gitleaks/gitleaks, config/gitleaks.toml), but
 * with any length, since a cut one is to go too. No two parts of one pattern that follow each other can match the same
 * characters without a bound: that keeps the time linear. None eats a quote or a lone backslash: that keeps JSON whole.
 */
const PATTERNS = [
  String.raw`sk-(?:ant|proj|svcacct|admin)-[\w-]{6,}`, // Anthropic, OpenAI
  String.raw`xox[a-z](?:\.xox[a-z])?-[\w-]{6,}|xapp-\d-[\w-]{6,}`, // Slack
  String.raw`hooks\.slack\.com/(?:services|workflows|triggers)/[\w/+]{10,}`,
  String.raw`${START}gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}`, // GitHub, GitLab
  String.raw`${START}(?:npm_[A-Za-z0-9]{36}|[sr]k_live_[A-Za-z0-9]{10,})|AIza[\w-]{35}`, // npm, Stripe, Google
  '(?<![A-Z0-9])(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])', // AWS
  String.raw`${START}[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}`, // Discord
  String.raw`${START}eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*`, // JSON Web Token
  String.raw`(?<=[Bb](?:earer|EARER)[ \t])[\w.~+/-]{16,}=*`,
  String.raw`errand_[\w-]{16,}`, // our own
  String.raw`-----BEGIN ${PEM}(?:(?:\r?\n|\\{1,4}n)[A-Z][A-Za-z-]{2,20}: [^\n\\"]{1,200}){0,5}(?:[A-Za-z0-9+/=\s]|\\{1,4}[nr]){0,20000}(?:-----END ${PEM})?`,
]
const KEYS = new RegExp(PATTERNS.join('|'), 'g')
