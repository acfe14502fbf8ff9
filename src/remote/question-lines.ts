import type { Message, PlatformLimits } from '../bot/platform.ts'
import { questionPosts } from '../bot/question.ts'
import { drawPost } from '../bot/terminal/draw.ts'
import type { Line } from '../bot/terminal/line.ts'
import type { QuestionView } from '../engine/view.ts'

/** A terminal takes texts of any length, and any files. */
export const LIMITS: PlatformLimits = {
  messageChars: Number.POSITIVE_INFINITY,
  editsPerMinute: Number.POSITIVE_INFINITY,
  tickMs: null,
  filesPerPost: Number.POSITIVE_INFINITY,
  fileBytes: Number.POSITIVE_INFINITY,
  postBytes: Number.POSITIVE_INFINITY,
}

/** A question whole, a message each for what can be answered alone; `job` is what Stop cancels. */
export const questionMessages = (question: QuestionView, job: string): Message[] =>
  questionPosts({ ...question, said: { answers: question.answers } }, job, LIMITS).map(({ message }) => message)

/** The same as lines, with the commands that answer it. */
export const questionLines = (question: QuestionView, job: string): Line[] =>
  questionMessages(question, job).flatMap(message => drawPost(message, { inPlace: false, cwd: '/' }))
