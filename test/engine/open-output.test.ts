import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { ANN, makeWorld, toEnd } from '../support/world.ts'

const bin = resolve('test/fixtures/claude-fixture.mjs')
const todo = [
  ['write', ['notes.md', 'taken']],
  ['result', 'done'],
]

test('an output is opened in its place and by its requester and admins, and for nobody else', async () => {
  await using world = await makeWorld({
    instructions: { run: `---\ndescription: F\n---\nDO ${JSON.stringify(todo)}` },
    bin,
  })
  const { id } = await world.engine.submit({ instruction: 'run', inputs: {}, origin: ANN })
  await toEnd(world.engine, id)
  const open = (path: string, actor: string, place: string) => world.engine.openOutput(id, path, { actor, place })

  const upload = await open('notes.md', 'user:terminal:ben', ANN.place)
  expect([upload.name, await text(upload.open())]).toEqual(['notes.md', 'taken'])
  await expect(open('notes.md', ANN.actor, 'channel:slack:C2')).resolves.toHaveProperty('name', 'notes.md')
  await expect(open('notes.md', 'user:slack:U2', 'channel:slack:C2')).rejects.toThrow(`There is no job \`${id}\` here.`)
  await world.engine.setRole('user:slack:U2', 'admin', ANN)
  await expect(open('notes.md', 'user:slack:U2', 'channel:slack:C2')).resolves.toHaveProperty('name', 'notes.md')
  await expect(world.engine.openOutput('zzzzzzzz', 'x', ANN)).rejects.toThrow('There is no job `zzzzzzzz` here.')
  await expect(open('../notes.md', ANN.actor, ANN.place)).rejects.toThrow('It has `notes.md`.')
})
