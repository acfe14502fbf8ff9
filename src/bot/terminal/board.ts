import type { Message, PostRef } from '../platform.ts'
import { type Drawing, drawPost, newLines } from './draw.ts'
import { type Line, linesOf } from './line.ts'

/** A post as the terminal keeps it; `thread` is the card above it, null for a post in the place itself. */
export type Post = { ref: PostRef; thread: PostRef | null; message: Message }

/** Where posts are shown. */
export type Board = {
  /** Shows a post, or what it says now; `before` is what it said until now, null for a new one. */
  put(post: Post, before: Message | null): void
  /** Shows a text that stands for itself. */
  say(text: string): void
}

/** For an output that cannot be redrawn: what is new is appended, under its card. */
export function appendingBoard(print: (lines: Line[]) => void, cwd: string): Board {
  const drawing: Drawing = { inPlace: false, cwd }
  const cards = new Map<PostRef, Line>()
  /** The thread that the last printed line belongs to. */
  let under: PostRef | null = null
  return {
    put: ({ ref, thread, message }, before) => {
      const drawn = drawPost(message, drawing)
      const lines = before === null ? drawn : newLines(drawPost(before, drawing), drawn)
      const home = thread ?? ref
      if (thread === null && drawn[0]) cards.set(ref, drawn[0])
      if (lines.length === 0) return
      const card = cards.get(home)
      // Another job spoke in between: its card says whose lines these are.
      print(under === home || thread === null || !card ? lines : [card, ...lines])
      under = home
      if (message.step === 'result') cards.delete(home)
    },
    say: text => {
      print(linesOf(text, 'plain'))
      under = null
    },
  }
}

/** Shows lines for good, and below them the lines that are redrawn until they are over. */
export type Area = { show(forGood: Line[], live: Line[]): void }

/** For an output that can be redrawn: live threads stay at the bottom and are redrawn there until they are over. */
export function liveBoard(area: Area, cwd: string): Board & { live(): Line[] } {
  // For good, the card needs no cost and no time: the result below it has them.
  const forGood: Drawing = { inPlace: false, cwd }
  const forNow: Drawing = { inPlace: true, cwd }
  const threads = new Map<PostRef, Map<PostRef, Message>>()
  const over = new Set<PostRef>()
  const drawThread = (posts: Map<PostRef, Message>, how: Drawing) =>
    [...posts.values()].flatMap(message => drawPost(message, how))
  const live = () => [...threads.values()].flatMap(posts => drawThread(posts, forNow))
  return {
    live,
    put: ({ ref, thread, message }) => {
      const home = thread ?? ref
      if (over.has(home) || (thread === null && message.step !== 'card'))
        return area.show(drawPost(message, forGood), live())
      const posts = (threads.get(home) ?? new Map<PostRef, Message>()).set(ref, message)
      threads.set(home, posts)
      if (message.step !== 'result') return area.show([], live())
      threads.delete(home)
      over.add(home)
      area.show(drawThread(posts, forGood), live())
    },
    say: text => area.show(linesOf(text, 'plain'), live()),
  }
}
