import { heardWords } from '../bot/replies.ts'
import { UserError } from '../errors.ts'
import { posting } from './client.ts'
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
  args: '<id> <words...>',
  about: 'goes on with a job in its session and folder, after what runs there',
  options: [
    ['--now', 'says it into the running turn; where none can hear it, it waits its turn'],
    ['--instead', 'stops what runs, and does this'],
  ],
  act: async (remote, [id = '', ...words], { now, instead }) => {
    if (now && instead) throw new UserError('Only one of --now and --instead can be meant.')
    const when = now ? 'now' : instead ? 'instead' : 'queue'
    const { view } = await readJob(remote.client, `${jobPath(id)}/follow-up`, posting({ text: words.join(' '), when }))
    if (view.id === id.toLowerCase() && now) remote.say(heardWords(view))
    else tellJob(remote, view)
    return 0
  },
}
