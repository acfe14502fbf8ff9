import type { Reply, Script } from './conversation.ts'

/**
 * A model for any instruction: it reads every file that the prompt names, then makes every file that the prompt names
 * in backticks, out of what it was given and what it read. It understands nothing of it.
 */
export const anyRequest: Script = conversation => {
  const start = Math.max(
    0,
    conversation.findIndex(({ role, text }) => role === 'user' && text.includes('<input name="')),
  )
  const prompt = conversation[start]?.text ?? ''
  const toRead = [...namesIn(prompt, /(?:>|^)(inputs\/[^\n<]+)/gm), ...namesIn(prompt, /`(reference\/[\w/-]+\.md)`/g)]
  const toWrite = namesIn(prompt, /`([\w-]+\.\w+)`/g)
  const given = namesIn(prompt, /<input name="[\w-]+">([^<]+)</g)
  const read = conversation.filter(({ role }) => role === 'tool').map(({ text }) => text)
  const steps: Reply[] = [
    ...(toRead.length > 0 ? [{ text: 'I read what I was given.', tools: toRead.map(readTool) }] : []),
    ...(toWrite.length > 0 ? [{ text: 'I write.', tools: toWrite.map(writeTool(given, read)) }] : []),
  ]
  const taken = conversation.slice(start).filter(({ role }) => role === 'assistant').length
  return steps[taken] ?? { text: `I went through ${toWrite.join(' and ') || 'the request'}. ${NOTE}` }
}

const NOTE = 'I am the script of the demo, which understands nothing; with an account, Claude reads the prompt.'

const namesIn = (text: string, form: RegExp): string[] => [
  ...new Set([...text.matchAll(form)].map(([, name = '']) => name)),
]

const readTool = (file_path: string) => ({ name: 'Read', input: { file_path } })

const writeTool = (given: string[], read: string[]) => (file_path: string) => {
  const content = file_path.endsWith('.json')
    ? JSON.stringify({ note: NOTE, given, read }, null, 2)
    : [`# ${file_path}`, NOTE, '## Given', ...given, '## Read', ...read].join('\n\n')
  return { name: 'Write', input: { file_path, content } }
}
