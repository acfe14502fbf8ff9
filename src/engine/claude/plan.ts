import { join } from 'node:path'
import type { Task } from '../agent.ts'
import { agentMemory } from './command.ts'
import { filesInMemory, type MemoryFile } from './memory.ts'

const PLANS = 'plans'

/** The folder where the CLI keeps the plan that its model writes. */
export const plansOf = (task: Pick<Task, 'session'>): string => join(agentMemory(task), PLANS)

/** The plan as it was written down last; null when none was. The call that asks about it carries no text. */
export async function readPlan(task: Pick<Task, 'session'>): Promise<string | null> {
  let newest: MemoryFile | null = null
  for await (const file of filesInMemory(task, { folder: PLANS, ending: '.md' }))
    if (newest === null || file.at > newest.at) newest = file
  return newest?.tail.toString() ?? null
}
