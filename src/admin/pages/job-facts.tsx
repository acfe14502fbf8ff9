import type { Child } from 'hono/jsx'
import type { KeptValue } from '../../engine/instructions/inputs.ts'
import type { JobView } from '../../engine/view.ts'
import { printable } from '../../printable.ts'
import { money, size } from '../../words.ts'
import { CutNote, clipped } from '../clipped.tsx'
import { When } from '../when.tsx'
import type { Links } from './links.ts'

/** Who asked for what, when, and what it took. */
export function Facts({ view, links }: { view: JobView; links: Links }) {
  const { actorName, platform, createdAt, startedAt, finishedAt, attempt, costUsd, usage, priority, inputs } = view
  return (
    <aside id="facts" aria-label="Facts">
      <dl>
        <Fact name="asked by">
          {actorName} <span class="muted">({platform})</span>
        </Fact>
        <Fact name="asked">
          <When at={createdAt} />
        </Fact>
        {startedAt && (
          <Fact name="started">
            <When at={startedAt} />
          </Fact>
        )}
        {finishedAt && (
          <Fact name="ended">
            <When at={finishedAt} />
          </Fact>
        )}
        {attempt > 1 && (
          <Fact name="attempt">
            {attempt} <a href={links.attempts(view.id)}>side by side</a>
          </Fact>
        )}
        {priority !== 0 && <Fact name="priority">{priority}</Fact>}
        {costUsd > 0 && <Fact name="cost">{money(costUsd)}</Fact>}
        {usage && (
          <Fact name="tokens">
            {tokens(usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens)} in,{' '}
            {tokens(usage.outputTokens)} out
          </Fact>
        )}
      </dl>
      <Inputs inputs={inputs} />
    </aside>
  )
}

const Fact = ({ name, children }: { name: string; children: Child }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const tokens = (n: number): string => n.toLocaleString('en')

function Inputs({ inputs }: Pick<JobView, 'inputs'>) {
  const given = Object.entries(inputs)
  if (given.length === 0) return null
  return (
    <>
      <h2>Inputs</h2>
      <dl class="inputs">
        {given.map(([name, value]) => (
          <Fact name={name}>
            <InputValue value={value} />
          </Fact>
        ))}
      </dl>
    </>
  )
}

function InputValue({ value }: { value: KeptValue }) {
  if (!Array.isArray(value))
    return (
      <>
        {clipped(String(value))}
        <CutNote text={String(value)} />
      </>
    )
  return value.map(({ name, bytes }) => (
    <div>
      {printable(name)} <span class="muted">{size(bytes)}</span>
    </div>
  ))
}
