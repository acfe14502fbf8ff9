import { Sentence } from '../sentence.tsx'
import { page } from './layout.tsx'
import type { Links } from './links.ts'

/** A page that says one thing: what is wrong with the address, and where to go. */
export const noticePage = (links: Links, title: string, sentence: string) =>
  page({
    links,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p>
          <Sentence text={sentence} />
        </p>
        <p>
          <a href={links.jobs}>All jobs</a>
        </p>
      </>
    ),
  })
