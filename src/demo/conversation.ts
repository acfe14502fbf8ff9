/** One message of the conversation so far, as the model gets it. */
export type Turn = { role: string; text: string }

/** What the model says next, and which tools it calls. */
export type Reply = { text: string; thinking?: string; tools?: { name: string; input: Record<string, unknown> }[] }

/** A scripted model: the conversation so far in, the next reply out. */
export type Script = (conversation: Turn[]) => Reply
