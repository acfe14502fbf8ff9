import { logLine } from '../bot/replies.ts'
import type { Line } from '../bot/terminal/line.ts'
import type { JobEvent } from '../job.ts'
import type { Client } from './client.ts'
import { follow, readLog } from './follow.ts'
import { jobPath, readJob } from './job.ts'
import { questionLines } from './question-lines.ts'
import type { Verb } from './verb.ts'

export const log: Verb = {
  name: 'log',
  args: '<id>',
  about: "a job's log",
  options: [
    ['-f, --follow', 'goes on until the job is over; exit status 0 only if it succeeded'],
    ['--after <seq>', 'begins after the line with this number'],
    ['--json', 'as JSON, a line each: {seq, at, attempt, kind, text, …}'],
  ],
  act: async (remote, [id = ''], { follow: live, after, json: asJson }) => {
    const { client, say, show, json } = remote
    const { view } = await readJob(client, jobPath(id))
    const tell = async (event: JobEvent) => {
      if (asJson) return json(event, 'line')
      say(logLine(view, event))
      if (live && event.kind === 'question') show(await linesOfQuestion(client, id, event.id))
    }
    const from = Number(after ?? 0)
    if (!live) {
      for await (const event of readLog(client, id, from, false)) await tell(event)
      return 0
    }
    const { view: end } = await follow(remote, id, from, tell)
    return end.status === 'succeeded' ? 0 : 1
  },
}

/** What a job asks, with the commands that answer it; nothing where it is answered by now. */
async function linesOfQuestion(client: Client, job: string, question: string | undefined): Promise<Line[]> {
  const { view } = await readJob(client, jobPath(job))
  return view.questions.filter(({ id }) => id === question).flatMap(found => questionLines(found, job))
}
