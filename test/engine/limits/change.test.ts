import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { listAudit } from '../../../src/db/audit.ts'
import { setLimit } from '../../../src/db/limit.ts'
import { LIMIT_NAMES } from '../../../src/engine/limits/names.ts'
import { UserError } from '../../../src/errors.ts'
import { ANN, openRig } from './rig.ts'

test('a change is checked as a whole, with a problem for each part that does not fit', async () => {
  const rig = await openRig()
  const changes = [
    { scope: 'global', name: 'concurrent', value: 1.5 },
    { scope: 'everywhere', name: 'queued', value: 1 },
    { scope: ANN, name: 'cost', value: 1 },
    { scope: 'global', name: 'minutes', value: 5 },
  ]
  const error = await rig.set(changes).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UserError)
  expect((error as UserError).problems.map(({ field }) => field)).toEqual(['0.value', '1.scope', '2.name'])
  expect((error as UserError).message).toContain(
    '`concurrent` must be a whole number from 0 to 1,000 (jobs); you gave 1.5.',
  )
  expect((await rig.limits()).find(({ name }) => name === 'minutes')).toMatchObject({ value: 30, default: 30 })
})

test('a limit that is named twice in one change is refused: which value was meant is not known', async () => {
  const rig = await openRig()
  const change = { scope: 'global', name: 'perDay', value: 1 }
  const twice = rig.set([change, { ...change, scope: ANN }, { ...change, value: null }])
  await expect(twice).rejects.toMatchObject({
    message: '`perDay` of `global` is named twice: give it once.',
    problems: [{ field: '2.name' }],
  })
  expect((await rig.limits()).find(({ name }) => name === 'perDay')).toMatchObject({ value: null })
})

test.each(['users:slack:U024', 'slack:U024', 'user:slack', 'role:discord:77', 'foo:bar'])(
  'what no job can have is no scope: %s',
  async scope => {
    const rig = await openRig()
    await expect(rig.set([{ scope, name: 'perDay', value: 1 }])).rejects.toThrow('is no scope')
  },
)

test('a limit of an instruction that is not there is refused with the one that was meant, and taken away if it stands', async () => {
  const rig = await openRig()
  const change = { scope: 'instruction:breif', name: 'perDay', value: 1 }
  await expect(rig.set([change])).rejects.toThrow('There is no instruction `breif`: did you mean `brief`?')
  await expect(rig.set([{ ...change, value: null }])).rejects.toThrow('There is no instruction `breif`')
  const gone = { scope: 'instruction:gone', name: 'perDay', value: 1 } // whose file was removed
  await setLimit(rig.db, gone, { changed_by: '-', changed_at: '-' })
  await expect(rig.set([{ ...gone, value: 2 }])).rejects.toThrow('There is no instruction `gone`. There are: brief.')
  await rig.set([{ ...gone, value: null }])
  expect(await rig.limits()).not.toContainEqual(expect.objectContaining({ scope: 'instruction:gone' }))
})

test('a change is in the audit, with what was before', async () => {
  const rig = await openRig()
  await rig.set([{ scope: 'global', name: 'concurrent', value: 3 }])
  await rig.clock.advance(1)
  await rig.set([{ scope: 'global', name: 'concurrent', value: 3 }]) // is no change
  await rig.set([{ scope: 'global', name: 'concurrent', value: null }])
  await rig.set([{ scope: 'global', name: 'perDay', value: null }])
  const { entries } = await listAudit(rig.db, { limit: 9 })
  expect(entries.map(({ actor, action, target, detail }) => ({ actor, action, target, detail }))).toEqual([
    { actor: 'user:test:root', action: 'set-limit', target: 'limit:global:concurrent', detail: { from: 3, to: null } },
    { actor: 'user:test:root', action: 'set-limit', target: 'limit:global:concurrent', detail: { from: 100, to: 3 } },
  ])
})

test('the document of limits has each by the name that a change takes', async () => {
  const text = await readFile('docs/limits.md', 'utf8')
  expect(LIMIT_NAMES.filter(name => !text.includes(`\`${name}\``))).toEqual([])
})
