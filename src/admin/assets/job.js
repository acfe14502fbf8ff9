// The job page: its log grows while the job runs, and older lines come when somebody scrolls up to them.
import { localize } from './app.js'
import { createLog } from './log.js'
import { openStream } from './stream.js'

const log = createLog()
const parts = document.querySelector('#parts')

/** Brings what the job's status changes: its line, what it came to, its facts. */
async function refreshHead() {
  const response = await fetch(parts.dataset.head)
  if (!response.ok) return
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  localize(fresh)
  for (const id of ['card', 'outcome', 'facts']) {
    const part = fresh.getElementById(id)
    if (part) document.getElementById(id).replaceWith(document.adoptNode(part))
  }
  log.settle()
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
