import type { Instructions } from '../../engine/instructions/instruction.ts'
import { type LimitView, scopeProblem } from '../../engine/limits/change.ts'
import { amountWords, LIMIT_NAMES, LIMITS } from '../../engine/limits/names.ts'
import { printable } from '../../printable.ts'
import { When } from '../when.tsx'
import { page, Said } from './layout.tsx'
import type { Links } from './links.ts'

type LimitsProps = {
  links: Links
  limits: readonly LimitView[]
  instructions: Instructions
  /** Days and months begin at its midnight. */
  zone: string
  notice?: string | undefined
  /** What was refused, to be corrected. */
  typed?: TypedLimit | undefined
}

/** A form as it was filled in. */
export type TypedLimit = { scope: string; name: string; value: string }

/** Every limit with what is used of it, each to be changed where it stands; and the form for one more. */
export function limitsPage({ zone, notice, ...props }: LimitsProps) {
  const { links, limits, typed } = props
  const own = limits.filter(({ scope }) => scope !== 'global')
  const isNew = !limits.some(limit => isOf(limit, typed))
  return page({
    links,
    title: 'Limits',
    here: 'limits',
    children: (
      <>
        <h1>Limits</h1>
        <Said words={notice} />
        <p class="muted">
          A change counts at once, for what starts from then on; running jobs run on. An empty field takes away what was
          set. Days and months begin at midnight in {zone}. The <a href={links.audit}>audit</a> has who changed what.
        </p>
        <Rows {...props} limits={limits.filter(({ scope }) => scope === 'global')} />
        <h2>Of one person, place or instruction</h2>
        {own.length > 0 && <Rows {...props} limits={own} />}
        <NewLimit {...props} typed={isNew ? typed : undefined} />
      </>
    ),
  })
}

const isOf = ({ scope, name }: LimitView, typed: TypedLimit | undefined): boolean =>
  scope === typed?.scope && name === typed.name

type Context = Pick<LimitsProps, 'links' | 'instructions' | 'typed'>

const NewLimit = ({ links, instructions, typed }: Context) => (
  <form class="filters" method="post" action={links.limits}>
    <input
      name="scope"
      required
      pattern="(user|channel):[a-z]+:\S+|instruction:[a-z][a-z0-9\-]*"
      aria-label="Of whom or what"
      list="scopes"
      placeholder="instruction:brief"
      title="instruction:brief, or a key such as user:slack:U024 or channel:discord:98"
      value={typed?.scope}
    />
    <datalist id="scopes">
      {[...instructions.byName.keys()].sort().map(name => (
        <option value={`instruction:${name}`} />
      ))}
    </datalist>
    <select name="name" aria-label="Limit">
      {LIMIT_NAMES.map(name => (
        <option value={name} selected={name === typed?.name}>
          {LIMITS[name].about}
        </option>
      ))}
    </select>
    <input class="num" name="value" required inputmode="decimal" aria-label="Value" size={8} value={typed?.value} />
    <button type="submit">Set</button>
  </form>
)

const Rows = ({ limits, ...context }: Context & { limits: readonly LimitView[] }) => (
  <ol class="entries limits">
    {limits.map(limit => (
      <Row limit={limit} {...context} />
    ))}
  </ol>
)

/** From here on digits are hard to count. */
const LONG = 100_000

function Row({ limit, links, instructions, typed }: Context & { limit: LimitView }) {
  const { scope, name, value, default: usual, used, setAside = 0, resetsAt } = limit
  const isFull = value !== null && used !== undefined && used + setAside >= value
  const facts = [
    scopeProblem(scope, instructions) !== null && 'there is no such instruction now',
    value !== null && value >= LONG && `${used === undefined ? '' : 'of '}${amountWords(name, value)}`,
    setAside > 0 && `${amountWords(name, setAside)} set aside for jobs that run`,
  ].filter(Boolean)
  return (
    <li>
      <span class="actor">
        {scope !== 'global' && `${printable(scope)}: `}
        {LIMITS[name].about} <code class="muted">{name}</code>
      </span>
      <form class="filters" method="post" action={links.limits}>
        <input type="hidden" name="scope" value={scope} />
        <input type="hidden" name="name" value={name} />
        <input
          class="num"
          name="value"
          inputmode="decimal"
          size={12}
          aria-label={`${LIMITS[name].about}, ${LIMITS[name].unit}`}
          value={isOf(limit, typed) ? typed?.value : value === null ? '' : String(value)}
          placeholder="none"
        />
        <span class="muted unit">{LIMITS[name].unit}</span>
        <button type="submit">Change</button>
      </form>
      <span class="num">{used !== undefined && `${amountWords(name, used)} used`}</span>
      <span class="who">
        {isFull && <Full />}
        {isFull && facts.length > 0 && ', '}
        {facts.join('; ')}
        {resetsAt && (
          <>
            {(isFull || facts.length > 0) && ', '}anew <When at={resetsAt} />
          </>
        )}
        {usual !== null && usual !== value && ` (without a change: ${amountWords(name, usual)})`}
      </span>
    </li>
  )
}

const Full = () => (
  <span class="mark waiting">
    <span aria-hidden="true">●</span> <span class="word">full</span>
  </span>
)
