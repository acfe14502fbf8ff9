import type { JobView, QuestionView } from '../../engine/view.ts'
import type { ApiJob } from './schemas.ts'

/** A job as the API gives it; `base` is the path prefix of addresses. */
export function jobJson(view: JobView, base: string): ApiJob {
  const { actor, actorName, platform, ref, sooner, outputs, inputs, questions, ...rest } = view
  return {
    ...rest,
    inputs,
    requestedBy: { platform, userId: actor.split(':').slice(2).join(':'), name: actorName },
    questions: questions.map(questionJson),
    outputs: outputs.map(({ file, ...output }) => ({ ...output, url: outputUrl(base, view.id, output.path) })),
  }
}

export const questionJson = ({ parts, ...question }: QuestionView): ApiJob['questions'][number] => ({
  ...question,
  questions: parts.map(part => ({ ...part, options: [...part.options] })),
})

/** Where an output is served, each part of its path escaped on its own. */
export const outputUrl = (base: string, job: string, path: string): string =>
  `${base}/api/jobs/${job}/outputs/${path.split('/').map(encodeURIComponent).join('/')}`
