import { cancelWords } from '../bot/replies.ts'
import { jobPath, readJob } from './job.ts'
import type { Verb } from './verb.ts'

export const cancel: Verb = {
  name: 'cancel',
  args: '<id>',
  about: 'stops a job for good; files that it has made until then are kept',
  options: [],
  act: async ({ client, say }, [id = '']) => {
    const { view } = await readJob(client, `${jobPath(id)}/cancel`, { method: 'POST' })
    say(cancelWords(view))
    return 0
  },
}
