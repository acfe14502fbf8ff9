// Keeps a list of jobs as it is: rows that stand there change in place, new ones wait behind a button.
import { localize } from './app.js'
import { count } from './words.js'

const EVERY_MS = 5000

const list = document.querySelector('#list[data-live]')

async function refresh() {
  if (document.hidden) return
  const response = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!response.ok || response.redirected) return
  const whole = new DOMParser().parseFromString(await response.text(), 'text/html')
  const fresh = whole.querySelector('#list')
  if (!fresh) return
  for (const id of ['#standstill', '#asks', '#queued']) renew(id, whole)
  const rows = new Map([...fresh.querySelectorAll('[data-job]')].map(row => [row.dataset.job, row]))
  for (const row of list.querySelectorAll('[data-job]')) {
    const now = rows.get(row.dataset.job)
    rows.delete(row.dataset.job)
    if (now) update(row, now)
  }
  offer(rows.size, fresh)
}

/** Why no job starts, how many need an answer, and how many are queued; there is nothing of it on other pages. */
function renew(id, whole) {
  const [old, fresh] = [document.querySelector(id), whole.querySelector(id)]
  if (old && fresh && old.textContent !== fresh.textContent) old.replaceWith(fresh)
}

/** Changes what changed; the link stays, since it may have the focus. */
function update(row, now) {
  localize(now)
  for (const [i, cell] of [...row.children].entries()) {
    const fresh = now.children[i]
    if (fresh && cell.tagName !== 'A' && cell.outerHTML !== fresh.outerHTML) cell.replaceWith(fresh.cloneNode(true))
  }
}

/** Nothing jumps while somebody reads: what is new comes when it is asked for. */
function offer(more, fresh) {
  let button = document.querySelector('#more')
  if (more === 0) return button?.remove()
  if (!button) {
    button = document.createElement('button')
    button.id = 'more'
    button.type = 'button'
    list.before(button)
  }
  button.textContent = `${count(more, 'new job')}`
  button.onclick = () => {
    button.remove()
    localize(fresh)
    list.replaceChildren(...fresh.childNodes)
  }
}

if (list) setInterval(() => refresh().catch(() => {}), EVERY_MS)
