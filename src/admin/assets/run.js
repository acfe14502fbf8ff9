// The form of an instruction: what does not fit is said at its field, and nothing that was filled in is lost, files
// included, which a page that comes back could not hold.
const form = document.querySelector('#run')
const notice = document.querySelector('#notice')

form.addEventListener('submit', async event => {
  event.preventDefault()
  const button = form.querySelector('button[type="submit"]')
  button.disabled = true
  try {
    const response = await fetch(form.action, { method: 'POST', body: new FormData(form) })
    if (response.redirected) return location.assign(response.url)
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    showProblems(page, response.status)
  } catch {
    say('The server did not answer; nothing was started. Try again.')
  }
  button.disabled = false
})

function showProblems(page, status) {
  const said = page.querySelector('#notice')
  for (const problem of form.querySelectorAll('.problem')) {
    const fresh = page.getElementById(problem.id)
    problem.textContent = fresh?.textContent ?? ''
    problem.hidden = fresh?.hidden ?? true
  }
  if (status === 413) return say('This is larger than what can be sent at once. Send fewer or smaller files.')
  const first = form.querySelector('.problem:not([hidden])')
  say(
    first ? 'Something does not fit; nothing was started.' : (said?.textContent ?? 'Something broke; look at the log.'),
  )
  first?.closest('.field').querySelector('input, textarea, select').focus()
}

function say(text) {
  notice.textContent = text
  notice.hidden = false
}
