import { filePart } from './file-part.ts'
import { follow } from './follow.ts'
import { readInputs, readInstruction } from './inputs.ts'
import { readJob, tellJob } from './job.ts'
import { openThread } from './thread.ts'
import type { Verb } from './verb.ts'

export const run: Verb = {
  name: 'run',
  args: '<instruction> [inputs...]',
  about:
    'runs an instruction. Inputs are name=value or --name value, free words the first text; a file is a path here, or job:<id>/<path>',
  options: [
    ['-f, --wait', 'shows its thread until it is over; exit status 0 only if it succeeded'],
    ['--json', 'the job as JSON, with --wait as it is at its end'],
  ],
  anyFlag: true,
  act: async (remote, [name = '', ...words], { wait, json: asJson }) => {
    const { client, json, cwd } = remote
    const instruction = await readInstruction(client, name)
    const { inputs, files } = readInputs(instruction, words)
    const form = new FormData()
    form.set('instruction', name)
    form.set('inputs', JSON.stringify(inputs))
    for (const { input, value } of files) form.append(input, await filePart(value, cwd))
    const job = await readJob(client, '/api/jobs', { method: 'POST', body: form })
    if (!wait) {
      if (asJson) json(job.body)
      else tellJob(remote, job.view)
      return 0
    }
    const thread = asJson ? null : openThread(remote, job.view)
    const end = await follow(remote, job.view.id, 0, async event => await thread?.hear(event))
    if (asJson) json(end.body)
    thread?.end(end.view)
    return end.view.status === 'succeeded' ? 0 : 1
  },
}
