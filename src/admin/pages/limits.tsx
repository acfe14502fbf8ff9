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
}

/** Every limit with what is used of it, each to be changed where it stands; and the form for one more. */
export function limitsPage({ links, limits, instructions, zone, notice }: LimitsProps) {
  const own = limits.filter(({ scope }) => scope !== 'global')
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
        <Rows limits={limits.filter(({ scope }) => scope === 'global')} links={links} instructions={instructions} />
        <h2>Of one person, place or instruction</h2>
        {own.length > 0 && <Rows limits={own} links={links} instructions={instructions} />}
        <form class="filters" method="post" action={links.limits}>
          <input
            name="scope"
            required
            pattern="(user|channel):[a-z]+:\S+|instruction:[a-z][a-z0-9\-]*"
            aria-label="Of whom or what"
            list="scopes"
            placeholder="instruction:brief"
            title="instruction:brief, or a key such as user:slack:U024 or channel:discord:98"
          />
          <datalist id="scopes">
            {[...instructions.byName.keys()].sort().map(name => (
              <option value={`instruction:${name}`} />
            ))}
          </datalist>
          <select name="name" aria-label="Limit">
            {LIMIT_NAMES.map(name => (
              <option value={name}>{LIMITS[name].about}</option>
            ))}
          </select>
          <input name="value" required inputmode="decimal" aria-label="Value" size={8} />
          <button type="submit">Set</button>
        </form>
      </>
    ),
  })
}

type Context = Pick<LimitsProps, 'links' | 'instructions'>

const Rows = ({ limits, ...context }: Context & { limits: readonly LimitView[] }) => (
  <ol class="entries people">
    {limits.map(limit => (
      <Row limit={limit} {...context} />
    ))}
  </ol>
)

/** From here on digits are hard to count. */
const LONG = 100_000

function Row({ limit, links, instructions }: Context & { limit: LimitView }) {
  const { scope, name, value, default: usual, used, setAside, resetsAt } = limit
  const facts = [
    scopeProblem(scope, instructions) !== null && 'there is no such instruction now',
    value !== null && value >= LONG && amountWords(name, value),
    used !== undefined && `${amountWords(name, used)} used`,
    setAside !== undefined && `${amountWords(name, setAside)} set aside for jobs that run`,
  ]
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
          name="value"
          inputmode="decimal"
          size={12}
          aria-label={`${LIMITS[name].about}, ${LIMITS[name].unit}`}
          value={value === null ? '' : String(value)}
          placeholder="none"
        />
        <span class="muted unit">{LIMITS[name].unit}</span>
        <button type="submit">Change</button>
      </form>
      <span class="who">
        {facts.filter(Boolean).join('; ')}
        {resetsAt && (
          <>
            , anew <When at={resetsAt} />
          </>
        )}
        {usual !== null && usual !== value && ` (without a change: ${amountWords(name, usual)})`}
      </span>
    </li>
  )
}
