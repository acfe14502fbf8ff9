import { usesOf } from '../../engine/again.ts'
import type { Instructions } from '../../engine/instructions/instruction.ts'
import type { JobView } from '../../engine/view.ts'
import { isFinal } from '../../job.ts'
import { printable } from '../../printable.ts'
import { ADMIN } from '../admin.ts'
import type { Links } from './links.ts'

type NextProps = { view: JobView; links: Links; instructions: Instructions }

/** What can be done with a job that is over. */
export function Next({ view, links, instructions }: NextProps) {
  const { id, status, saidInto } = view
  if (!isFinal(status) || saidInto !== null) return <div id="next" />
  return (
    <div id="next">
      <div class="buttons">{status === 'succeeded' ? <AfterSuccess {...{ view, links, instructions }} /> : null}</div>
      <div class="buttons">{status === 'succeeded' ? null : <AfterFailure {...{ view, links, instructions }} />}</div>
      {status === 'succeeded' && <Rate action={links.rate(id)} />}
    </div>
  )
}

function AfterSuccess({ view, links, instructions }: NextProps) {
  const who = { ...ADMIN, roles: ADMIN.roles ?? [] }
  const uses = usesOf(view, instructions, who)
  return (
    <>
      {view.reply === null && (
        <a class="button" href={links.run(view.instruction, { from: view.id })}>
          Run again…
        </a>
      )}
      {uses.length > 0 && (
        <details class="confirm">
          <summary>Use in…</summary>
          <ul>
            {uses.map(({ instruction: { name, description } }) => (
              <li>
                <a href={links.run(name, { use: view.id })}>{name}</a>{' '}
                <span class="muted">{printable(description)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

function AfterFailure({ view, links, instructions: { byName } }: NextProps) {
  const { id, instruction, instructionSha, reply } = view
  const today = byName.get(instruction)
  return (
    <>
      <Act action={links.retry(id)} word="Retry" title="Afresh, in an empty workspace" primary />
      {today && today.sha !== instructionSha && (
        <Act
          action={`${links.retry(id)}?version=current`}
          word="Retry with today's version"
          title="The instruction has changed since this was asked for"
        />
      )}
      <Act action={links.resume(id)} word="Resume" title="Where it stopped, in the same session and workspace" />
      {reply === null && (
        <a class="button" href={links.run(instruction, { from: id })}>
          Edit and retry…
        </a>
      )}
    </>
  )
}

type ActProps = { action: string; word: string; title: string; primary?: boolean }

const Act = ({ action, word, title, primary }: ActProps) => (
  <form method="post" action={action}>
    <button type="submit" title={title} class={primary ? 'primary' : undefined}>
      {word}
    </button>
  </form>
)

const Rate = ({ action }: { action: string }) => (
  <form class="rate" method="post" action={action}>
    <button type="submit" name="good" value="1" aria-label="This is good">
      👍
    </button>
    <button type="submit" name="good" value="0" aria-label="This is not good">
      👎
    </button>
    <input name="words" aria-label="In a sentence" placeholder="In a sentence, if you like" maxlength={2000} />
  </form>
)

/** What goes on with the conversation, of which a job may be `live`; it stays as it is while somebody writes. */
export const ReplyForm = ({ action, live }: { action: string; live: boolean }) => (
  <form id="reply" method="post" action={action} enctype="multipart/form-data">
    <label for="reply-text">Reply</label>
    <textarea id="reply-text" name="text" rows={3} placeholder="Go on with it: what is to be done next?" />
    <div class="buttons">
      <input type="file" name="files" multiple aria-label="Files" />
      {live && (
        <select name="when" aria-label="While a job runs">
          <option value="queue">after what runs</option>
          <option value="now">now, into what runs</option>
          <option value="instead">instead of what runs</option>
        </select>
      )}
      <button type="submit" class="primary">
        Send
      </button>
    </div>
  </form>
)
