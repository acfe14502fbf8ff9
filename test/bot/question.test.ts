import { expect, test } from 'vitest'
import { parseCommand } from '../../src/bot/commands.ts'
import { questionPosts } from '../../src/bot/question.ts'
import type { Question } from '../../src/db/question.ts'
import { INSTRUCTIONS } from './brief.ts'

const ID = '7h3k9m2p'
const LIMITS = {
  ...{ messageChars: 2000, editsPerMinute: 60, tickMs: null, filesPerPost: 10, fileBytes: 1000 },
  postBytes: 1000,
}
const approval = (tool: string, input: Question['input']) => ({
  id: ID,
  kind: 'approval' as const,
  tool,
  input,
  text: '',
})
const postOf = (question: Parameters<typeof questionPosts>[0]) =>
  questionPosts(question, '4x7k2m9q', LIMITS)[0]?.message

test('what would be done is shown as people read it', () => {
  const texts = [
    approval('Edit', { file_path: 'a.md', old_string: 'one\ntwo', new_string: 'three' }),
    approval('Write', { file_path: 'a.md', content: 'x ``` y' }),
    approval('WebFetch', { url: 'https://example.com/a' }),
    approval('Agent', { description: 'look' }),
  ].map(question => postOf(question)?.text)
  expect(texts).toEqual([
    'May I edit `a.md`?\n```diff\n-one\n-two\n+three\n```',
    'May I write `a.md`?\n````\nx ``` y\n````',
    'May I read <https://example.com/a>?',
    'May I use Agent?\n```json\n{\n  "description": "look"\n}\n```',
  ])
})

test('what is too long for a post comes whole as a file', () => {
  const command = `echo ${'x'.repeat(5000)}`
  const post = postOf(approval('Bash', { command }))
  expect(post?.text.length).toBeLessThan(LIMITS.messageChars)
  expect(post?.text).toMatch(/the rest is in command\.sh\.$/)
  expect(post?.files).toEqual([{ name: 'command.sh', bytes: command.length, text: command }])
})

test('a plan is shown whole, with Approve, Change and Stop', () => {
  const post = postOf({ id: ID, kind: 'plan', tool: 'ExitPlanMode', input: {}, text: '1. Write' })
  expect(post?.text).toBe('This is my plan:\n\n1. Write')
  expect(post?.actions?.map(({ label, command }) => [label, command])).toEqual([
    ['Approve', `approve ${ID}`],
    ['Change', `deny ${ID}`],
    ['Stop', 'cancel 4x7k2m9q'],
  ])
})

test('several questions at once are a post each, and each is answered alone', () => {
  const options = ['A', 'B C'].map(label => ({ label, description: '' }))
  const questions = [
    { question: 'One?', header: 'One', options, multiSelect: true },
    { question: 'Two?', header: 'Two', options, multiSelect: false },
  ]
  const asked = { id: ID, kind: 'question' as const, tool: 'AskUserQuestion', input: { questions }, text: 'One? Two?' }
  const posts = questionPosts({ ...asked, said: { answers: { 'One?': 'A, B C' } } }, '4x7k2m9q', LIMITS)
  expect(posts.map(({ part, message }) => [part, message.footer])).toEqual([
    [1, 'answered: A, B C'],
    [2, `question ${ID}.2`],
  ])
  expect(posts[1]?.message.actions?.map(({ command }) => command)).toEqual([
    `answer ${ID}.2 A`,
    `answer ${ID}.2 "B C"`,
    `answer ${ID}.2`,
  ])
  expect(questionPosts(asked, '4x7k2m9q', LIMITS)[0]?.message.actions?.[0]).toMatchObject({
    command: `answer ${ID}.1`,
    options,
  })
})

test.for([
  [`answer ${ID} "A" 'B C'`, { kind: 'answer', id: ID, text: `"A" 'B C'` }],
  [`answer ${ID}.2 the blue "one"`, { kind: 'answer', id: `${ID}.2`, text: 'the blue "one"' }],
  [`approve ${ID}`, { kind: 'approve', id: ID, forJob: false }],
  [`approve ${ID} --job`, { kind: 'approve', id: ID, forJob: true }],
  [`approve ${ID} "echo \\"--job\\""`, { kind: 'approve', id: ID, forJob: false, input: 'echo "--job"' }],
  [`deny ${ID} not on a Friday`, { kind: 'deny', id: ID, reason: 'not on a Friday' }],
  [`deny ${ID}`, { kind: 'deny', id: ID }],
  ['approve it', { kind: 'problem', text: '`approve` needs the id of a question: it stands below the question.' }],
] as const)('%s is understood', ([text, command]) => {
  const who = { actor: 'user:test:ann', roles: [], place: 'channel:test:one' }
  expect(parseCommand({ text }, INSTRUCTIONS, who)).toEqual(command)
})
