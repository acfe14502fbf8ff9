import { heardWords } from '../bot/replies.ts'
import { UserError } from '../errors.ts'
import { filePart } from './file-part.ts'
import { jobPath, readJob, tellJob } from './job.ts'
import type { Verb } from './verb.ts'

export const retry: Verb = {
  name: 'retry',
  args: '<id>',
  about: 'tries a failed or cancelled job again, afresh in an empty folder',
  options: [['--current', 'with its instruction as it is today; without it, as it was when it was asked for']],
  act: async (remote, [id = ''], { current }) => {
    const path = `${jobPath(id)}/retry${current ? '?version=current' : ''}`
    tellJob(remote, (await readJob(remote.client, path, { method: 'POST' })).view)
    return 0
  },
}

export const resume: Verb = {
  name: 'resume',
  args: '<id>',
  about: 'takes a failed or cancelled job on where it stopped',
  options: [],
  act: async (remote, [id = '']) => {
    tellJob(remote, (await readJob(remote.client, `${jobPath(id)}/resume`, { method: 'POST' })).view)
    return 0
  },
}

export const reply: Verb = {
  name: 'reply',
  args: '<id> [words...]',
  about: 'goes on with a job in its session and folder, after what runs there',
  options: [
    ['--now', 'says it into the running turn; where none can hear it, it waits its turn'],
    ['--instead', 'stops what runs, and does this'],
    ['--file <path...>', 'goes with it; a path here, or job:<id>/<path>'],
  ],
  act: async (remote, [id = '', ...words], { now, instead, file }) => {
    if (now && instead) throw new UserError('Only one of --now and --instead can be meant.')
    const when = now ? 'now' : instead ? 'instead' : 'queue'
    const form = new FormData()
    form.set('text', words.join(' '))
    form.set('when', when)
    for (const path of Array.isArray(file) ? file : []) form.append('files', await filePart(path, remote.cwd))
    const { view } = await readJob(remote.client, `${jobPath(id)}/follow-up`, { method: 'POST', body: form })
    if (view.id === id.toLowerCase() && now) remote.say(heardWords(view))
    else tellJob(remote, view)
    return 0
  },
}
