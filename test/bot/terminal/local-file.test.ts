import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { openLocalFile } from '../../../src/bot/terminal/local-file.ts'
import { UserError } from '../../../src/errors.ts'

test('a path becomes a file with its own name, and nothing else does', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'errand-test-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'notes.md'), 'seven degrees')
  const open = openLocalFile(dir)

  const upload = await open('./notes.md')
  expect(upload.name).toBe('notes.md')
  expect(await text(upload.open())).toBe('seven degrees')
  await expect(open('other.md')).rejects.toThrow(
    new UserError(`I cannot read \`other.md\` (there is no such file). Paths count from ${dir}.`),
  )
  await expect(open('.')).rejects.toThrow('is not a file')
})
