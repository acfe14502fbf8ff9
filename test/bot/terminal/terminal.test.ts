import { expect, test } from 'vitest'
import { quiet } from '../../fakes/clock.ts'
import { openTerminal } from './open-terminal.ts'

const CARD = 'x/card'
const card = (text: string, detail = '') => ({
  ...{ step: 'card' as const, text: `\`brief · Winter tyres\` — ${text}`, detail, footer: 'asked by ann · job x' },
  actions: [{ label: 'Cancel', command: 'cancel x' }],
})
const progress = (text: string) => ({ step: 'progress' as const, text })
const RESULT = {
  step: 'result' as const,
  text: 'Here is `brief.md`.',
  footer: 'done in 11 s · $0.03 · 2 files',
  files: [
    { name: 'brief.md', bytes: 2100, file: '/home/ann/outputs/x/1/brief.md' },
    { name: 'sources.md', bytes: 900, file: '/srv/outputs/x/1/sources.md' },
  ],
}

test('appended, a job reads from top to bottom and repeats nothing', async () => {
  const { terminal, place, screen } = await openTerminal()
  await terminal.type('brief topic="Winter tyres"')
  const ref = await terminal.post(place, card('queued, 1st'), CARD)
  await terminal.edit(ref, card('running', ' 1 s'))
  const thread = { ...place, thread: ref }
  const shown = await terminal.post(thread, progress('▸ Read\n☐ Write'), 'x/progress')
  await terminal.edit(ref, card('running', ' 2 s · reading notes.md'))
  await terminal.edit(shown, progress('▸ Read\n☐ Write\nreading notes.md'))
  await terminal.edit(shown, progress('☑ Read\n▸ Write\nreading notes.md'))
  await terminal.edit(ref, card('done', ' in 11 s · $0.03 · 2 files'))
  await terminal.post(thread, RESULT, 'x/result')
  expect(screen.text()).toBe(`> brief topic="Winter tyres"
brief · Winter tyres — queued, 1st
  asked by ann · job x
brief · Winter tyres — running
  ▸ Read
  ☐ Write
  reading notes.md
  ☑ Read
  ▸ Write
brief · Winter tyres — done
  Here is \`brief.md\`.
  done in 11 s · $0.03 · 2 files
    brief.md      2.1 kB  outputs/x/1/brief.md
    sources.md     900 B  /srv/outputs/x/1/sources.md`)
})

test('appended, lines of two jobs stand under their own card', async () => {
  const { terminal, place, screen } = await openTerminal()
  const posts = await Promise.all(
    ['a', 'b'].map(async name => {
      const ref = await terminal.post(place, { step: 'card', text: `\`${name}\` — running` }, `${name}/card`)
      return await terminal.post({ ...place, thread: ref }, progress(`${name} one`), `${name}/progress`)
    }),
  )
  for (const ref of posts) await terminal.edit(ref, progress(`${ref[0]} two`))
  expect(screen.text().split('\n')).toEqual([
    ...['a — running', 'b — running', 'a — running', '  a one', 'b — running', '  b one'],
    ...['a — running', '  a two', 'b — running', '  b two'],
  ])
})

test('buttons are told as commands, except what was typed and what the text names already', async () => {
  const { terminal, place, screen } = await openTerminal()
  const request = { ...place, key: 'k', text: 'use x', actor: '', actorName: '', files: [] }
  const actions = ['use x', 'use x brief', 'again x'].map(command => ({ label: 'Do', command }))
  await terminal.whisper(request, 'Use it in:\n`errand use x brief` — writes', actions)
  expect(screen.text()).toBe('Use it in:\n`errand use x brief` — writes\nDo: errand again x')
})

test('in place, a running job is redrawn above the prompt and stays when it is over', async () => {
  const { terminal, place, screen, keyboard } = await openTerminal({ inPlace: true })
  keyboard.write('job')
  await quiet()
  const ref = await terminal.post(place, card('running', ' 1 s'), CARD)
  const thread = { ...place, thread: ref }
  const shown = await terminal.post(thread, progress('reading notes.md'), 'x/progress')
  await terminal.edit(ref, card('running', ' 2 s'))
  await terminal.edit(shown, progress('writing brief.md'))
  const live = [
    'brief · Winter tyres — running 2 s',
    '  asked by ann · job x',
    '  errand cancel x',
    '  writing brief.md',
  ]
  expect(screen.text().split('\n')).toEqual([...live, '> job'])

  keyboard.write('s\r')
  await quiet()
  await terminal.whisper({ ...place, key: 'k', text: 'jobs', actor: '', actorName: '', files: [] }, 'one job')
  expect(screen.text().split('\n')).toEqual(['> jobs', 'one job', ...live, '>'])

  await terminal.edit(ref, card('done', ' in 11 s'))
  await terminal.post(thread, RESULT, 'x/result')
  const over = ['brief · Winter tyres — done', '  asked by ann · job x', '  writing brief.md', '  Here is `brief.md`.']
  expect(screen.text().split('\n').slice(0, 6)).toEqual(['> jobs', 'one job', ...over])
  expect(screen.text().split('\n').at(-1)).toBe('>')
})

test('in place, a line that is being typed over several rows stays whole', async () => {
  const { terminal, place, screen, keyboard } = await openTerminal({ inPlace: true, columns: 30 })
  const typed = 'brief topic="a topic that takes more than one row of this screen"'
  keyboard.write(typed)
  await quiet()
  const ref = await terminal.post(place, card('running', ' 1 s'), CARD)
  for (let n = 2; n < 5; n += 1) await terminal.edit(ref, card('running', ` ${n} s`))
  const typedRows = ['> brief topic="a topic that ta', 'kes more than one row of this', 'screen"']
  const liveRows = ['brief · Winter tyres — runni…', '  asked by ann · job x', '  errand cancel x']
  expect(screen.text().split('\n')).toEqual([...liveRows, ...typedRows])

  keyboard.write('\r')
  await quiet()
  expect(screen.text().split('\n')).toEqual([...typedRows, ...liveRows, '>'])
})

test('in place, more lines than the screen has are counted', async () => {
  const { terminal, place, screen } = await openTerminal({ inPlace: true, rows: 10 })
  const ref = await terminal.post(place, card('running'), CARD)
  const steps = Array.from({ length: 30 }, (_, i) => `☐ Step ${i + 1}`).join('\n')
  const shown = await terminal.post({ ...place, thread: ref }, progress(steps), 'x/progress')
  await terminal.edit(shown, progress(`${steps}\nreading`))
  const lines = screen.text().split('\n')
  expect(lines).toHaveLength(9)
  expect(lines.slice(-2)).toEqual(['… 27 more lines', '>'])
})

test('in place, what is unfinished stays on the screen after the stop', async () => {
  const { terminal, place, screen } = await openTerminal({ inPlace: true })
  await terminal.post(place, card('running', ' 1 s'), CARD)
  await terminal.stop()
  expect(screen.text().split('\n')[0]).toBe('brief · Winter tyres — running 1 s')
  expect(screen.text()).not.toContain('>')
})

test('colour is written only where it is wanted', async () => {
  for (const color of [false, true]) {
    const { terminal, place, screen } = await openTerminal({ color })
    await terminal.post(place, card('running'), CARD)
    expect(screen.raw().includes('\x1b[')).toBe(color)
    expect(screen.text()).toBe('brief · Winter tyres — running\n  asked by ann · job x')
  }
})

test('what the program itself has to say stands above the prompt', async () => {
  const { terminal, screen, keyboard } = await openTerminal({ inPlace: true })
  keyboard.write('jo')
  await quiet()
  terminal.say('The admin page listens.')
  expect(screen.text().split('\n')).toEqual(['The admin page listens.', '> jo'])
})

test('an empty line asks for nothing', async () => {
  const { keyboard, requests } = await openTerminal()
  keyboard.write('\n   \njobs\n')
  await expect.poll(() => requests.length).toBe(1)
  expect(requests[0]?.text).toBe('jobs')
})

test('the end of the input, Ctrl-C and Ctrl-D mean that the person leaves', async () => {
  const piped = await openTerminal()
  piped.keyboard.end()
  await expect.poll(piped.left).toBe(1)
  for (const key of ['\x03', '\x04']) {
    const typed = await openTerminal({ inPlace: true })
    typed.keyboard.write(key)
    await expect.poll(typed.left).toBe(1)
    await typed.terminal.post(typed.place, card('running'), CARD) // jobs still end, and their posts are shown
    expect(typed.screen.text()).toContain('brief · Winter tyres — running')
  }
})

test.each(['exit', ' Quit '])('so does a line that says `%s`', async line => {
  const { keyboard, left, requests } = await openTerminal({ inPlace: true })
  keyboard.write(`${line}\r`)
  await expect.poll(left).toBe(1)
  expect(requests).toEqual([])
})

test('a stop is not taken for a person who leaves', async () => {
  for (const inPlace of [false, true]) {
    const { terminal, left } = await openTerminal({ inPlace })
    await terminal.stop()
    expect(left()).toBe(0)
  }
})

test('a terminal whose window was closed means that the person leaves', async () => {
  const { keyboard, left } = await openTerminal({ inPlace: true })
  keyboard.emit('error', new Error('setRawMode EIO'))
  expect(left()).toBe(1)
})

test('an output that nobody reads any more means that the person leaves', async () => {
  const { screen, left } = await openTerminal()
  screen.destroy(new Error('EPIPE'))
  await expect.poll(left).toBe(1)
})
