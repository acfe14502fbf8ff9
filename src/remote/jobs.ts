import { z } from 'zod'
import { job as jobSchema } from '../admin/api/schemas.ts'
import { jobsText, statusText } from '../bot/replies.ts'
import { resultWords } from '../engine/result-words.ts'
import { isFinal } from '../job.ts'
import { filesText } from './files.ts'
import { jobPath, readJob, viewOf } from './job.ts'
import { questionLines } from './question-lines.ts'
import type { Verb } from './verb.ts'

const page = z.object({ jobs: z.array(jobSchema), nextCursor: z.string().nullable() })

const NONE = 'No job has been run yet. `errand run <instruction>` runs one.'

export const jobs: Verb = {
  name: 'jobs',
  args: '',
  about: 'jobs, newest first',
  options: [
    ['--status <status>', 'queued, running, waiting, succeeded, failed or cancelled'],
    ['--instruction <name>', 'of this instruction'],
    ['--user <user>', 'of this person: a key such as user:slack:U024, or a name'],
    ['--q <text>', 'with this in the title or the id'],
    ['--limit <n>', 'how many, 20 without it'],
    ['--cursor <cursor>', 'goes on where a page ended'],
    ['--json', 'as JSON: {jobs, nextCursor}'],
  ],
  act: async ({ client, clock, say, json }, _args, { json: asJson, ...filter }) => {
    const query = new URLSearchParams({ limit: '20' })
    for (const [name, value] of Object.entries(filter)) query.set(name, String(value))
    const { body, value } = await client.read(`/api/jobs?${query}`, page)
    if (asJson) json(body)
    else if (value.jobs.length === 0) say(Object.keys(filter).length > 0 ? 'No job fits.' : NONE)
    else {
      say(jobsText(value.jobs.map(viewOf), clock.now()))
      if (value.nextCursor) say(`Older ones: errand jobs --cursor ${value.nextCursor}`)
    }
    return 0
  },
}

export const job: Verb = {
  name: 'job',
  args: '<id>',
  about: 'one job: how it goes or what it came to, what it asks, its files',
  options: [['--json', 'as JSON, as GET /api/jobs/:id gives it']],
  act: async ({ client, clock, show, say, json }, [id = ''], options) => {
    const { body, view } = await readJob(client, jobPath(id))
    if (options.json) json(body)
    else {
      say(statusText(view, clock.now()))
      for (const question of view.questions) show(questionLines(question, view.id))
      if (isFinal(view.status)) say(`\n${resultWords(view)}`)
      if (view.outputs.length > 0) say(`\n${filesText(view)}`)
    }
    return 0
  },
}
