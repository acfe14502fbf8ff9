// The lines of the log on the page: a bounded number of them, the newest or those that somebody went back to.
import { localize } from './app.js'
import { createFollow } from './follow.js'
import { count } from './words.js'

/** How many lines the page keeps, and how many of them stay when there are more. */
const MAX_LINES = 2000
const KEEP_LINES = 1500
const CHUNK_LINES = 100
const OLDER_LINES = 200

export function createLog() {
  const lines = document.querySelector('#lines')
  const end = document.querySelector('#end')
  const older = document.querySelector('#older')
  const olderLink = older.querySelector('a')
  const draftBox = document.querySelector('#draft')
  const source = olderLink.dataset.lines
  let last = Number(lines.lastElementChild.dataset.last)
  /** Lines that came while the page shows older ones and not the end. */
  let missed = null
  let loading = false

  const follow = createFollow({ end, lines, older, isDetached: () => missed !== null, showEnd, loadOlder })

  const log = { stream: lines.dataset.stream, end, append, draft, over, settle: follow.settle, last: () => last }

  /** Puts lines at the end; gives what the agent does by the last of them, if they say so. */
  function append(html, seq) {
    const box = document.createElement('div')
    box.innerHTML = html
    const more = box.querySelectorAll(':scope > [data-seq]').length
    const step = [...box.querySelectorAll('.tool_use:not(.sub) [data-step]')].at(-1)?.textContent
    last = seq
    draftBox.hidden = true
    // Who reads further up keeps what is there: more is not taken in.
    if (!follow.isOn() && shownLines() >= MAX_LINES) missed ??= 0
    if (missed !== null) {
      missed += more
      follow.came(more)
      return step
    }
    localize(box)
    const results = [...box.querySelectorAll('[data-for]')]
    addLines([...box.children])
    joinResults(results)
    follow.came(more)
    if (follow.isOn()) trimTop()
    follow.settle()
    return step
  }

  /** Adds lines in chunks, which the browser leaves out of its work while they are out of sight. */
  function addLines(elements) {
    for (const element of elements) {
      let chunk = lines.lastElementChild
      if (chunk.childElementCount >= CHUNK_LINES) {
        chunk = document.createElement('div')
        chunk.className = 'chunk'
        chunk.dataset.first = (element.dataset.seq ? element : element.nextElementSibling).dataset.seq
        lines.append(chunk)
      }
      chunk.append(element)
    }
  }

  /** A tool's result belongs into the fold of its call. */
  function joinResults(results) {
    for (const result of results) {
      const call = lines.querySelector(`[data-call="${CSS.escape(result.dataset.for)}"]:not([data-joined])`)
      if (!call) continue
      call.dataset.joined = ''
      call.querySelector('.inside').append(...result.querySelectorAll('.out'))
      const failed = result.querySelector('.mark.failed')
      if (failed) call.querySelector('.step').before(failed, ' ')
      result.remove()
    }
  }

  const shownLines = () => lines.querySelectorAll('[data-seq]').length

  function trimTop() {
    if (shownLines() <= MAX_LINES) return
    while (shownLines() > KEEP_LINES && lines.childElementCount > 1) lines.firstElementChild.remove()
    showOlder()
  }

  /** Makes room at the end for older lines; from then on what comes is counted only. */
  function trimBottom() {
    if (shownLines() <= MAX_LINES) return
    while (shownLines() > KEEP_LINES && lines.childElementCount > 1) lines.lastElementChild.remove()
    missed ??= 0
    draftBox.hidden = true
    follow.came(0)
  }

  function showOlder() {
    const before = Number(lines.firstElementChild.dataset.first) - 1
    older.hidden = before === 0
    olderLink.textContent = count(before, 'older line')
  }

  const fetchChunk = async search => {
    const response = await fetch(`${source}?${search}`)
    if (!response.ok || response.redirected) throw new Error(`status ${response.status}`) // redirected: to the login
    const box = document.createElement('div')
    box.innerHTML = await response.text()
    localize(box)
    return box.firstElementChild
  }

  async function loadOlder() {
    if (loading || older.hidden) return
    loading = true
    try {
      const anchor = lines.firstElementChild
      const chunk = await fetchChunk(`before=${anchor.dataset.first}&limit=${OLDER_LINES}`)
      follow.keepPlace(anchor, () => {
        lines.prepend(chunk)
        joinResults(anchor.querySelectorAll('[data-for]'))
        trimBottom()
        showOlder()
      })
    } catch {
      olderLink.textContent = 'Older lines could not be read; try again'
    } finally {
      loading = false
    }
  }

  /** Shows the end of the log again, after older lines took its place. */
  async function showEnd() {
    if (missed === null) return
    const chunk = await fetchChunk('')
    lines.replaceChildren(chunk)
    missed = null
    last = Number(chunk.dataset.last)
    showOlder()
    if (log.stream) log.onReload() // from here on: what came in between is on the page already
  }

  /** Shows what the agent is writing just now. */
  function draft(text) {
    draftBox.hidden = text === '' || missed !== null
    draftBox.textContent = text
    follow.settle()
  }

  /** The job is over: nothing comes any more. */
  function over() {
    log.stream = undefined
    follow.over()
  }

  joinResults(lines.querySelectorAll('[data-for]'))
  return log
}
