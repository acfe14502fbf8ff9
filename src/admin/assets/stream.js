// The live end of the log: server-sent events into the page.

/** How long to wait before the stream is opened again when the browser gave up on it. */
const AGAIN_MS = 2000
/** Lines that change what the page asks. */
const ASKED = /<div class="line (question|answer)/

/** Appends what the stream brings until the job is over; whatever breaks, it goes on after the last line. */
export function openStream(log, { onStep, onStatus }) {
  let source
  const say = words => {
    log.end.textContent = words
  }
  const take = event => {
    onStep(log.append(event.data, Number(event.lastEventId)))
    if (ASKED.test(event.data)) onStatus()
  }

  function open() {
    source?.close()
    source = new EventSource(`${log.stream}&after=${log.last()}`)
    source.onopen = () => say('')
    source.onerror = () => {
      say('The connection was lost; trying again…')
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS)
    }
    source.addEventListener('log', take)
    source.addEventListener('partial', event => log.draft(JSON.parse(event.data).text))
    source.addEventListener('status', event => {
      log.append(JSON.parse(event.data).html, Number(event.lastEventId))
      onStatus()
    })
    source.addEventListener('done', () => {
      source.close()
      log.draft('')
      say('')
      log.over()
      onStatus()
    })
  }

  log.onReload = open
  open()
}
