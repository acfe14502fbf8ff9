import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import { Document } from './layout.tsx'
import { createLinks, type Links } from './links.ts'

/** The login page; `message` is why the last try did not let in, `next` where to go afterwards. */
export function loginPage({ base, message, next }: { base: string; message: string | null; next: string }) {
  const links = createLinks(base)
  return loginFrame(
    links,
    <>
      {message === null ? null : (
        <p class="notice" role="alert">
          {message}
        </p>
      )}
      <form method="post" action={links.login}>
        <input type="hidden" name="next" value={next} />
        <label for="token">Admin token</label>
        <input type="password" id="token" name="token" autocomplete="current-password" required autofocus />
        <button type="submit">Log in</button>
      </form>
      <p class="muted">
        It is <code>ADMIN_TOKEN</code>, or else in the file <code>admin-token</code> of the server's data folder.
      </p>
    </>,
  )
}

/** The page behind a link that logs in once: it is used by a press, not by a look. */
export function ticketPage({ base, ticket }: { base: string; ticket: string }) {
  const links = createLinks(base)
  return loginFrame(
    links,
    <>
      <form method="post" action={`${links.login}/${encodeURIComponent(ticket)}`}>
        <button type="submit" autofocus>
          Log in
        </button>
      </form>
      <p class="muted">The link works once.</p>
    </>,
  )
}

const loginFrame = (links: Links, children: Child) => html`<!doctype html>
${(
  <Document links={links} title="Log in">
    <main class="login">
      <h1>Errand</h1>
      {children}
    </main>
  </Document>
)}`
