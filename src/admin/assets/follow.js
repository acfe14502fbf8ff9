// Where the reader is in the log: at its end, which then stays in view, or further up, where nothing may jump.
/** The end counts as seen when it is this near, in pixels. */
const NEAR = 48
/** Older lines are fetched when their place is this near above the view. */
const AHEAD = 600

export function createFollow({ end, lines, older, isDetached, showEnd, loadOlder }) {
  const box = document.querySelector('#follow')
  const pill = document.querySelector('#unseen')
  const bar = document.querySelector('.bar')
  const top = document.querySelector('.to-top')
  const asking = document.querySelector('#asking')
  let isOn = false
  let unseen = 0
  let lastY = scrollY

  const endInView = () => !isDetached() && end.getBoundingClientRect().top <= innerHeight + NEAR

  function turn(on) {
    isOn = on && box !== null
    if (box) box.checked = isOn
    if (isOn) unseen = 0
    showPill()
  }

  function showPill() {
    pill.hidden = unseen === 0 && !isDetached()
    pill.textContent = unseen === 0 ? 'To the end' : `${unseen.toLocaleString('en')} new`
  }

  async function toEnd() {
    await showEnd()
    unseen = 0
    turn(true)
    showEndLine()
  }

  function showEndLine() {
    if (end.getBoundingClientRect().bottom > innerHeight) end.scrollIntoView({ block: 'end' })
    lastY = scrollY
  }

  /** After the page has changed by itself: the end stays in view, and that is no scrolling of the reader. */
  function settle() {
    if (isOn) showEndLine()
    lastY = scrollY
  }

  function onScroll() {
    const up = scrollY < lastY - 1
    lastY = scrollY
    if (endInView()) unseen = 0
    if (up) turn(false)
    else if (!isOn && endInView() && !asking.contains(document.activeElement)) turn(true)
    top.hidden = scrollY === 0
    // Only inside the log: whoever goes up to the job itself is not to be held back by ever more lines.
    const inLog = bar.getBoundingClientRect().bottom >= lines.parentElement.getBoundingClientRect().top
    if (up && inLog && older.getBoundingClientRect().bottom > -AHEAD) void loadOlder()
  }

  /** Changes the lines above the reader's place, which stays where it is: most browsers see to that by themselves. */
  function keepPlace(anchor, change) {
    const before = anchor.getBoundingClientRect().top
    change()
    if (!CSS.supports('overflow-anchor', 'auto')) scrollBy(0, anchor.getBoundingClientRect().top - before)
    lastY = scrollY
  }

  function came(more) {
    if (!isOn && !endInView()) unseen += more
    showPill()
  }

  function over() {
    box?.closest('label').remove()
    isOn = false
  }

  older.querySelector('a').addEventListener('click', event => {
    event.preventDefault()
    void loadOlder()
  })
  pill.addEventListener('click', toEnd)
  box?.addEventListener('change', () => (box.checked ? toEnd() : turn(false)))
  document.addEventListener('scroll', onScroll, { passive: true })
  document.addEventListener('keydown', event => {
    if (event.key !== '.' || !box?.isConnected || event.target.closest('input:not([type=checkbox]), select, textarea'))
      return
    if (isOn) turn(false)
    else void toEnd()
  })
  // Who opens a fold reads there.
  lines.addEventListener('click', ({ target }) => target.closest('summary') && turn(false))
  // Lines have their true height only once they are seen, and the end moves then.
  new ResizeObserver(settle).observe(lines)
  top.hidden = scrollY === 0
  // Who is asked something answers it first: its forms stand above the log, which grows below them meanwhile.
  asking.addEventListener('focusin', () => turn(false))
  if (box && asking.childElementCount === 0) void toEnd()
  else turn(false)

  return { isOn: () => isOn, came, settle, keepPlace, over }
}
