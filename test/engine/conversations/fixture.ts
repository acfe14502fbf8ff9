import { resolve } from 'node:path'

/** The program that does what the prompt says, and answers with the prompt where that says nothing. */
export const bin = resolve('test/fixtures/claude-fixture.mjs')

export type Todo = [verb: string, argument?: unknown][]
export const todo = (steps: Todo): string => `DO ${JSON.stringify(steps)}`
export const doing = (steps: Todo, keys = ''): string => `---\ndescription: Fixture\n${keys}---\n${todo(steps)}`
