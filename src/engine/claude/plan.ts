import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task } from '../agent.ts'
import { agentMemory } from './command.ts'

/** The folder where the CLI keeps the plan that its model writes. */
export const plansOf = (task: Pick<Task, 'session'>): string => join(agentMemory(task), 'plans')

/** The plan as it was written down last; null when none was. The call that asks about it carries no text. */
export async function readPlan(task: Pick<Task, 'session'>): Promise<string | null> {
  const folder = plansOf(task)
  const names = await readdir(folder).catch(() => []) // the folder is made with the first plan
  const files = await Promise.all(
    names
      .filter(name => name.endsWith('.md'))
      .map(async name => ({ path: join(folder, name), at: (await stat(join(folder, name))).mtimeMs })),
  )
  const newest = files.sort((a, b) => b.at - a.at)[0]
  return newest ? await readFile(newest.path, 'utf8') : null
}
