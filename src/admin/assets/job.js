// The job page: its log grows while the job runs, and older lines come when somebody scrolls up to them.
import { localize } from './app.js'
import { createLog } from './log.js'
import { openStream } from './stream.js'

const log = createLog()
const parts = document.querySelector('#parts')
const asking = document.querySelector('#asking')
const notice = document.querySelector('#notice')

/** Brings what the job's status changes: its line, what it came to, its facts. */
async function refreshHead() {
  const response = await fetch(parts.dataset.head)
  if (!response.ok) return
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  localize(fresh)
  for (const id of ['card', 'outcome', 'next', 'exchange', 'facts']) {
    const part = fresh.getElementById(id)
    if (part) document.getElementById(id).replaceWith(document.adoptNode(part))
  }
  showAsking(fresh.getElementById('asking'))
  log.settle()
}

/** Brings new questions, and takes away those that are answered; one that somebody fills in stays as it is. */
function showAsking(fresh) {
  const wanted = [...fresh.children]
  const isAmong = (list, { dataset }) => list.some(other => other.dataset.ask === dataset.ask)
  const there = [...asking.children]
  const gone = there.filter(section => !isAmong(wanted, section))
  for (const section of gone) section.remove()
  asking.append(...wanted.filter(section => !isAmong(there, section)).map(section => document.adoptNode(section)))
  const said = [...document.querySelectorAll('#lines .answer .said')].at(-1)?.textContent
  if (gone.length === 0 || !said) return
  notice.textContent = `${said}.`
  notice.hidden = false
}

/** Says in the line above what the agent does now. */
function showStep(words) {
  const step = document.querySelector('#step')
  if (words && step) step.textContent = ` · ${words}`
}

if (log.stream) {
  openStream(log, {
    onStep: showStep,
    onStatus: () => void refreshHead().catch(() => {}),
  })
}
