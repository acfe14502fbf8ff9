import type { Instruction, Mistake } from '../../engine/instructions/instruction.ts'
import { COUNTED, type VersionStats } from '../../engine/version-stats.ts'
import { printable } from '../../printable.ts'
import { duration, money } from '../../words.ts'
import { When } from '../when.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'
import { Mistakes } from './mistakes.tsx'

type Row = { instruction: Instruction; versions: readonly VersionStats[] }
type InstructionsProps = { links: Links; rows: readonly Row[]; mistakes: readonly Mistake[] }

/** What can be run, and how each version of it did. */
export const instructionsPage = ({ links, rows, mistakes }: InstructionsProps) =>
  page({
    links,
    title: 'Instructions',
    here: 'instructions',
    children: (
      <>
        <h1>Instructions</h1>
        <Mistakes mistakes={mistakes} />
        {rows.length === 0 && (
          <p class="empty">No instruction is loaded yet: put a Markdown file into the instructions folder.</p>
        )}
        {rows.map(row => (
          <InstructionSection {...row} links={links} />
        ))}
        <p class="muted">Each counts its last {COUNTED} jobs that are kept; cost and time are those of a success.</p>
      </>
    ),
  })

const InstructionSection = ({ instruction, versions, links }: Row & { links: Links }) => (
  <section>
    <h2>
      {instruction.name}{' '}
      <a class="button" href={links.run(instruction.name)} data-row="">
        Run…
      </a>
    </h2>
    <p>{printable(instruction.description)}</p>
    {versions.length > 0 && (
      <table class="versions">
        <thead>
          <tr>
            {['version', 'asked for', 'jobs', 'success', 'cost', 'time', '👍', '👎'].map(head => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {versions.map(version => (
            <Version version={version} isToday={version.sha === instruction.sha} />
          ))}
        </tbody>
      </table>
    )}
    <Words versions={versions} links={links} />
  </section>
)

const Version = ({ version, isToday }: { version: VersionStats; isToday: boolean }) => (
  <tr>
    <th scope="row">
      <code>{version.sha.slice(0, 8)}</code> {isToday && <span class="muted">today's</span>}
    </th>
    <td>
      <When at={version.first} /> – <When at={version.last} />
    </td>
    <td class="num">{version.jobs}</td>
    <td class="num">{Math.round((100 * version.succeeded) / version.jobs)} %</td>
    <td class="num">{version.costUsd !== null && money(version.costUsd)}</td>
    <td class="num">{version.durationMs !== null && duration(version.durationMs)}</td>
    <td class="num">{version.good || ''}</td>
    <td class="num">{version.bad || ''}</td>
  </tr>
)

function Words({ versions, links }: { versions: readonly VersionStats[]; links: Links }) {
  const words = versions.flatMap(version => version.words)
  if (words.length === 0) return null
  return (
    <ul class="words">
      {words.map(({ good, text, job, at }) => (
        <li>
          {good ? '👍' : '👎'} {printable(text)}{' '}
          <span class="muted">
            <a href={links.job(job)}>job {job}</a>, <When at={at} />
          </span>
        </li>
      ))}
    </ul>
  )
}
