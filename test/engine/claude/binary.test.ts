import { access, constants } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { findClaude } from '../../../src/engine/claude/binary.ts'
import { UserError } from '../../../src/errors.ts'

test('the pinned CLI of this machine is a program', async () => {
  await access(findClaude(), constants.X_OK)
})

test('a machine without one is told what to do', () => {
  const find = () => findClaude('plan9', 'mips')
  expect(find).toThrow(UserError)
  expect(find).toThrow('The Claude CLI for plan9-mips is not installed. Run "npm ci" again, or set CLAUDE_BIN')
})
