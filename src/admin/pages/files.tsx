import type { JobCursor } from '../../db/job-list.ts'
import type { JobView } from '../../engine/view.ts'
import { cursorText } from '../cursor.ts'
import { When } from '../when.tsx'
import { Paging } from './filters.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'
import { Outputs } from './outputs.tsx'
import { shown } from './shown.ts'

type FilesProps = { links: Links; q: string | undefined; jobs: JobView[]; next: JobCursor | null; further: boolean }

/** The files of all jobs, by job, newest first. */
export const filesPage = ({ links, q, jobs, next, further }: FilesProps) =>
  page({
    links,
    title: 'Files',
    here: 'files',
    search: false,
    children: (
      <>
        <h1>Files</h1>
        <form class="filters" action={links.files}>
          <input
            type="search"
            name="q"
            value={q}
            aria-label="Search files"
            placeholder="File, title or id"
            data-search=""
          />
          <button type="submit">Search</button>
          {q !== undefined && <a href={links.files}>Show all files</a>}
        </form>
        {jobs.map(view => (
          <FilesOf view={shown(view)} links={links} />
        ))}
        {jobs.length === 0 && <p class="empty">{emptyWords(q, next !== null)}</p>}
        <Paging href={links.files} query={{ q }} next={next && cursorText(next)} further={further} />
      </>
    ),
  })

function emptyWords(q: string | undefined, more: boolean): string {
  if (more) return 'Nothing here yet; the search goes on with older jobs.'
  return q === undefined
    ? 'No job has made a file yet. What jobs deliver stands here.'
    : 'No file fits. Search for another word.'
}

const FilesOf = ({ view, links }: { view: JobView; links: Links }) => (
  <section class="files-of">
    <h2>
      <a href={links.job(view.id)}>
        <span class="muted">{view.instruction}</span> {view.title === view.instruction ? '' : view.title}
      </a>
      <When at={view.finishedAt ?? view.createdAt} />
    </h2>
    <Outputs job={view.id} outputs={view.outputs} links={links} />
  </section>
)
