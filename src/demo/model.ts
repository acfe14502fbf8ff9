import { setTimeout as delay } from 'node:timers/promises'
import { LLMock } from '@copilotkit/aimock'
import type { Reply, Script, Turn } from './conversation.ts'

/** A model on loopback that answers by a script: the real CLI talks to it as to the API. */
export type ScriptedModel = { url: string; stop(): Promise<void> }

/** Starts it on a free port. `paceMs` is how long it seems to think before each reply. */
export async function startScriptedModel(script: Script, paceMs: number): Promise<ScriptedModel> {
  const server = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 400 })
  server.on({ predicate: () => true }, async ({ messages }) => {
    await delay(paceMs)
    return toResponse(script(messages.map(message => ({ role: message.role, text: textOf(message.content) }))))
  })
  const url = await server.start()
  return { url, stop: () => server.stop() }
}

const toResponse = ({ text, thinking, tools = [] }: Reply) => ({
  content: text,
  ...(thinking ? { reasoning: thinking } : {}),
  ...(tools.length > 0
    ? { toolCalls: tools.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })) }
    : {}),
  usage: { input_tokens: 5200, output_tokens: 60 + Math.ceil((text.length + JSON.stringify(tools).length) / 4) },
})

const textOf = (content: unknown): Turn['text'] => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map(part => (typeof part?.text === 'string' ? part.text : '')).join('\n')
}
