import type { Standstill } from '../../engine/limits/standstill.ts'
import { Sentence } from '../sentence.tsx'
import type { Links } from './links.ts'

/** Why no job starts, each with the way to lift it; always there, since the script brings it up to date. */
export const Standstills = ({ all, links }: { all: readonly Standstill[]; links: Links }) => (
  <div id="standstill" class="standstill" role="status" hidden={all.length === 0}>
    {all.map(({ words, pause }) => (
      <div class="stop">
        <p>
          <strong>No job starts:</strong> <Sentence text={words} />. {pause === 'auth' && <Remedy />}
        </p>
        {pause === null ? (
          <a href={links.limits}>Change the limit</a>
        ) : (
          <form method="post" action={links.tryNow(pause)}>
            <button type="submit">Try now</button>
          </form>
        )}
      </div>
    ))}
  </div>
)

const Remedy = () => (
  <>
    Put a key or token that works into <code>.env</code> and restart the server; if the account itself was mended, try
    now.
  </>
)
