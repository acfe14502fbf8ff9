import type { AuditEntry } from '../../db/audit.ts'
import { printable } from '../../printable.ts'
import { ADMIN } from '../admin.ts'
import { Plain } from '../clipped.tsx'
import { ToolInput } from '../tool-input.tsx'
import { When } from '../when.tsx'
import { auditWords } from './audit-words.ts'
import { Choice, Paging } from './filters.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'

/** The filters as they stand in the address. */
export type AuditQuery = { actor?: string | undefined; action?: string | undefined; q?: string | undefined }

type AuditProps = {
  links: Links
  query: AuditQuery
  /** Names to choose from. */
  actions: readonly string[]
  entries: readonly (AuditEntry & { id: string })[]
  /** Where the next page begins, as an address carries it. */
  next: string | null
  further: boolean
}

/** Who did what, newest first. */
export const auditPage = ({ links, query, actions, entries, next, further }: AuditProps) =>
  page({
    links,
    title: 'Audit',
    here: 'audit',
    search: false,
    children: (
      <>
        <h1>Audit</h1>
        <form class="filters" action={links.audit}>
          <input
            type="search"
            name="q"
            value={query.q}
            aria-label="Search"
            placeholder="Job, person or text"
            data-search=""
          />
          <Choice name="action" all="Every action" options={actions} value={query.action} />
          <input name="actor" value={query.actor} aria-label="Done by" placeholder="Done by, as in user:slack:U024" />
          <button type="submit">Filter</button>
          {isFiltered(query) && <a href={links.audit}>Show everything</a>}
        </form>
        {entries.length > 0 && (
          <ol class="entries">
            {entries.map(entry => (
              <Entry entry={entry} links={links} />
            ))}
          </ol>
        )}
        {entries.length === 0 && (
          <p class="empty">
            {isFiltered(query)
              ? 'Nothing fits. Change the filters, or show everything.'
              : 'Nobody has answered, approved, cancelled or changed anything yet.'}
          </p>
        )}
        <Paging href={links.audit} query={query} next={next} further={further} />
      </>
    ),
  })

const isFiltered = (query: AuditQuery): boolean => Object.values(query).some(value => value !== undefined)

function Entry({ entry, links }: { entry: AuditEntry; links: Links }) {
  const { words, job, asked, ran, detail } = auditWords(entry)
  return (
    <li>
      <When at={entry.at} />
      <span class="actor" title={printable(entry.actor)}>
        {entry.actor === ADMIN.actor ? ADMIN.actorName : printable(entry.actor)}
      </span>
      <span class="did">
        {printable(words)}
        {job !== null && (
          <>
            {' · '}
            <a href={links.job(job)} data-row="">
              job {job}
            </a>
          </>
        )}
      </span>
      <span class="who">{printable(entry.origin)}</span>
      {asked !== undefined && (
        <details>
          <summary>{ran === undefined ? 'What it was' : 'What was asked, and what runs instead'}</summary>
          <ToolInput input={asked} />
          {ran !== undefined && <ToolInput input={ran} />}
        </details>
      )}
      {detail !== undefined && (
        <details>
          <summary>What exactly</summary>
          <Plain text={JSON.stringify(detail, null, 2)} />
        </details>
      )}
    </li>
  )
}
