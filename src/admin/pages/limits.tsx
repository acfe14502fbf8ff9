import type { LimitView } from '../../engine/limits/change.ts'
import { amountWords, LIMIT_NAMES, LIMITS } from '../../engine/limits/names.ts'
import { printable } from '../../printable.ts'
import { When } from '../when.tsx'
import { page, Said } from './layout.tsx'
import type { Links } from './links.ts'

type LimitsProps = { links: Links; limits: readonly LimitView[]; notice?: string | undefined }

/** Every limit with what is used of it, each to be changed where it stands; and the form for one more. */
export function limitsPage({ links, limits, notice }: LimitsProps) {
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
          A change counts at once, for what starts from then on; running jobs run on. An empty field takes the limit
          away. The <a href={links.audit}>audit</a> has who changed what.
        </p>
        <Rows limits={limits.filter(({ scope }) => scope === 'global')} links={links} />
        <h2>Of one person, place or instruction</h2>
        {own.length > 0 && <Rows limits={own} links={links} />}
        <form class="filters" method="post" action={links.limits}>
          <input
            name="scope"
            required
            pattern="(user|channel):[a-z]+:\S+|instruction:[a-z][a-z0-9\-]*"
            aria-label="Of whom or what"
            placeholder="instruction:brief"
            title="instruction:brief, or a key such as user:slack:U024 or channel:discord:98"
          />
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

const Rows = ({ limits, links }: { limits: readonly LimitView[]; links: Links }) => (
  <ol class="entries people">
    {limits.map(limit => (
      <Row limit={limit} links={links} />
    ))}
  </ol>
)

function Row({ limit, links }: { limit: LimitView; links: Links }) {
  const { scope, name, value, default: usual, used, resetsAt } = limit
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
        {used !== undefined && `${amountWords(name, used)} used`}
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
