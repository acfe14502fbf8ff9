import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Links } from './links.ts'

/** Where a page belongs in the navigation. */
export type Place = 'now' | 'jobs' | 'files' | 'schedules' | 'limits' | 'instructions' | 'people' | 'audit'

type LayoutProps = {
  links: Links
  title: string
  here?: Place
  /** What the page needs besides the script of every page. */
  script?: string
  /** False where the page has a search of its own. */
  search?: boolean
  children: Child
}

/** A whole page: navigation, search, and what it is about. */
export const page = (props: LayoutProps) =>
  html`<!doctype html>
${<Layout {...props} />}`

function Layout({ links, title, here, script, search = true, children }: LayoutProps) {
  const link = (place: Place, word: string) => (
    <a href={links[place]} aria-current={here === place ? 'page' : undefined}>
      {word}
    </a>
  )
  return (
    <Document links={links} title={title} script={script}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <nav aria-label="Pages">
          <a class="name" href={links.now}>
            Errand
          </a>
          {link('now', 'Now')}
          {link('jobs', 'Jobs')}
          {link('files', 'Files')}
          {link('schedules', 'Schedules')}
          {link('instructions', 'Instructions')}
          {link('limits', 'Limits')}
          {link('people', 'People')}
          {link('audit', 'Audit')}
        </nav>
        {search && <Search action={links.jobs} />}
        <form method="post" action={links.logout}>
          <button type="submit" class="quiet">
            Log out
          </button>
        </form>
      </header>
      <main id="main" tabindex={-1}>
        {children}
      </main>
      <footer class="keys">
        <kbd>/</kbd> search · <kbd>j</kbd> <kbd>k</kbd> move · <kbd>.</kbd> follow
      </footer>
    </Document>
  )
}

const Search = ({ action }: { action: string }) => (
  <form class="search" action={action}>
    <input type="search" name="q" aria-label="Search jobs" placeholder="Search jobs" data-search="" />
  </form>
)

/** What became of the last action; scripts say it here too. */
export const Said = ({ words }: { words: string | null | undefined }) => (
  <p id="notice" class="notice" role="status" hidden={!words}>
    {words}
  </p>
)

const STYLES = ['base.css', 'lists.css', 'job.css', 'forms.css']

/** The frame of every page, with or without navigation. */
export const Document = ({
  links,
  title,
  script,
  children,
}: {
  links: Links
  title: string
  script?: string | undefined
  children: Child
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{title} · Errand</title>
      <link rel="icon" href={links.asset('icon.svg')} type="image/svg+xml" />
      {STYLES.map(name => (
        <link rel="stylesheet" href={links.asset(name)} />
      ))}
      <script type="module" src={links.asset('app.js')} />
      {script && <script type="module" src={links.asset(script)} />}
    </head>
    <body>{children}</body>
  </html>
)
