import { anyRequest } from './any-request.ts'
import type { Reply, Script, Turn } from './conversation.ts'

/** The demo's model: it writes a brief, step by step, and plays every other instruction by the files that it names. */
export const demoScript: Script = conversation => {
  const start = conversation.findLastIndex(({ role, text }) => role === 'user' && isBrief(text))
  const request = conversation[start]
  if (!request) return anyRequest(conversation)
  const since = conversation.slice(start)
  const step = since.filter(({ role }) => role === 'assistant').length
  const steps = [
    ...(inputOf(request.text, 'audience') === ASK_FOR_IT ? [ASK_WHO] : []),
    ...briefSteps(
      inputOf(request.text, 'topic') ?? 'the topic',
      ['sources', 'brand'].flatMap(name => inputOf(request.text, name)?.trim().split('\n') ?? []),
      answerIn(since) ?? 'somebody who decides this week and knows little about it',
    ),
  ]
  return steps[Math.min(step, steps.length - 1)] as Reply
}

const isBrief = (prompt: string): boolean => prompt.includes('<input name="topic">') && prompt.includes('`brief.md`')

/** An audience that a person leaves to be asked about. */
const ASK_FOR_IT = '?'

const ASK_WHO: Reply = {
  text: 'Before I begin, one thing.',
  tools: [
    {
      name: 'AskUserQuestion',
      input: {
        questions: [
          {
            question: 'Who is the brief for?',
            header: 'Audience',
            multiSelect: false,
            options: [
              { label: 'Drivers', description: 'They buy once in five years' },
              { label: 'Dealers', description: 'They sell every day' },
            ],
          },
        ],
      },
    },
  ],
}

/** What a person said, as the CLI hands it on or as a later attempt is told. */
const answerIn = (conversation: Turn[]): string | undefined =>
  /Who is the brief for\?"(?:=|; the answer is )"([^"]+)"/.exec(conversation.map(({ text }) => text).join('\n'))?.[1]

const inputOf = (prompt: string, name: string): string | undefined =>
  new RegExp(`<input name="${name}">([^<]*)</input>`).exec(prompt)?.[1]

const PLAN = ['Read what you gave me', 'Note what each source gives', 'Write the brief', 'Check it once more']

function briefSteps(topic: string, sources: string[], reader: string): Reply[] {
  const read = sources.map(file_path => ({ name: 'Read', input: { file_path } }))
  return [
    {
      thinking: 'First a plan, so that whoever waits can see where I am.',
      text: `I will write a brief about ${topic}.`,
      tools: [checklist(0)],
    },
    read.length > 0
      ? { text: 'Let me read the material.', tools: read }
      : {
          text: 'There is no material, so let me look whether the folder holds any.',
          tools: [{ name: 'Glob', input: { pattern: '**/*.md' } }],
        },
    {
      text: 'Looking for figures that a reader could check.',
      tools: [{ name: 'Grep', input: { pattern: '[0-9]+', output_mode: 'content' } }],
    },
    { text: '', tools: [checklist(1), write('sources.md', sourcesFile(topic, sources))] },
    { text: '', tools: [checklist(2), write('brief.md', briefFile(topic, reader))] },
    {
      text: 'One heading promises too much; I correct it.',
      tools: [
        checklist(3),
        {
          name: 'Edit',
          input: { file_path: 'brief.md', old_string: '## Everything about it', new_string: '## What to cover' },
        },
      ],
    },
    { text: '', tools: [checklist(4)] },
    {
      text: [
        `The brief about **${topic}** is ready.`,
        '',
        '- `brief.md` has the angle, the reader, an outline and what not to write.',
        `- \`sources.md\` says ${sources.length === 0 ? 'which sources it needs' : 'what your material gives and what is still missing'}.`,
        '',
        'A scripted model wrote this for the demo. With an account, Claude does.',
      ].join('\n'),
    },
  ]
}

const write = (file_path: string, content: string) => ({ name: 'Write', input: { file_path, content } })

const checklist = (done: number) => ({
  name: 'TodoWrite',
  input: {
    todos: PLAN.map((content, i) => ({
      content,
      activeForm: content,
      status: i < done ? 'completed' : i === done ? 'in_progress' : 'pending',
    })),
  },
})

const sourcesFile = (topic: string, sources: string[]): string => `# Sources for "${topic}"

| source | what it gives |
|---|---|
${sources.map(source => `| \`${source}\` | the facts and the tone of the outline |`).join('\n') || '| none was given | the outline stands on common knowledge |'}

## Still missing
- A figure with its year for the opening
- Somebody to quote
`

const briefFile = (topic: string, reader: string): string => `# Brief: ${topic}

**Reader:** ${reader}.
**Promise:** after four minutes they know what to do, and why.

## Everything about it
1. The question that brings them here, in their words
2. What changes if they do nothing
3. The three things to compare, as a table
4. What to do today

## What not to write
No history, no superlatives, no claim without its source.
`
