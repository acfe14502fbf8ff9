// What every page does: times in the reader's zone, counters that go on, the keyboard, previews of texts.
import { duration } from './words.js'

const MAX_PREVIEW_BYTES = 200_000

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

/** Puts the times of a part of the page into the reader's zone. */
export function localize(root) {
  for (const element of root.querySelectorAll('time[data-clock]')) {
    element.textContent = clock.format(new Date(element.dateTime))
    element.removeAttribute('data-clock')
  }
  for (const element of root.querySelectorAll('time[data-when]')) {
    const at = new Date(element.dateTime)
    element.title = at.toLocaleString()
    element.textContent = whenWords(at, new Date())
    element.removeAttribute('data-when')
  }
}

function whenWords(at, now) {
  if (at.toDateString() === now.toDateString()) return time.format(at)
  const format = at.getFullYear() === now.getFullYear() ? day : dayOfYear
  return `${format.format(at)}, ${time.format(at)}`
}

function tick() {
  for (const element of document.querySelectorAll('[data-since]')) {
    const text = duration(Math.max(0, Date.now() - Date.parse(element.dataset.since)))
    if (element.textContent !== text) element.textContent = text
  }
}

/** Moves the focus among the rows of the page. */
function move(step) {
  const rows = [...document.querySelectorAll('[data-row]')].filter(row => row.checkVisibility())
  const at = rows.indexOf(document.activeElement)
  const row = rows[at === -1 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))]
  row?.focus({ preventScroll: true })
  row?.scrollIntoView({ block: 'nearest' })
}

function onKey(event) {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.closest('input:not([type=checkbox]), select, textarea')
  )
    return
  const search = document.querySelector('[data-search]')
  if (event.key === 'j') move(1)
  else if (event.key === 'k') move(-1)
  else if (event.key === '/' && search) {
    event.preventDefault()
    search.focus()
    search.select()
  }
}

/** Fills a preview with the beginning of its file, as text. */
async function preview(details) {
  const { text: href, bytes } = details.dataset
  if (!href || !details.open) return
  delete details.dataset.text
  const pre = details.querySelector('pre')
  try {
    const response = await fetch(href)
    if (!response.ok) throw new Error(`status ${response.status}`)
    const whole = Number(bytes) <= MAX_PREVIEW_BYTES
    pre.textContent = (await beginning(response.body)) + (whole ? '' : '\n… the file goes on')
  } catch {
    details.dataset.text = href
    pre.textContent = 'The file could not be read. Close this and open it again, or save the file.'
  }
}

async function beginning(stream) {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let read = 0; read < MAX_PREVIEW_BYTES; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value.subarray(0, MAX_PREVIEW_BYTES - read), { stream: true })
    read += value.length
  }
  await reader.cancel()
  return text
}

document.documentElement.classList.add('js')
localize(document)
setInterval(tick, 1000)
document.addEventListener('keydown', onKey)
document.addEventListener('toggle', event => event.target.matches('details[data-text]') && preview(event.target), true)
