import type { PersonRole } from '../../db/people.ts'
import { ROLES, type Role } from '../../job.ts'
import { printable } from '../../printable.ts'
import { When } from '../when.tsx'
import { page, Said } from './layout.tsx'
import type { Links } from './links.ts'

type PeopleProps = { links: Links; people: readonly PersonRole[]; notice?: string | undefined }

const MEANING: Record<Role, string> = {
  viewer: 'sees the jobs of their places, and runs nothing',
  user: 'runs instructions; answers, cancels and approves for their own jobs',
  operator: 'and answers and cancels for everybody',
  admin: 'and sees every job, and approves where others are named',
}

/** Who has a role of their own, and the form that gives one. */
export const peoplePage = ({ links, people, notice }: PeopleProps) =>
  page({
    links,
    title: 'People',
    here: 'people',
    children: (
      <>
        <h1>People</h1>
        <Said words={notice} />
        <p class="muted">
          Everybody who is not named here is a user, or an admin where ADMIN_USERS names them. The{' '}
          <a href={links.audit}>audit</a> has who changed what.
        </p>
        <dl class="roles">
          {ROLES.map(role => (
            <div>
              <dt>{role}</dt>
              <dd>{MEANING[role]}</dd>
            </div>
          ))}
        </dl>
        {people.length > 0 && (
          <section>
            <ol class="entries people">
              {people.map(person => (
                <Person person={person} links={links} />
              ))}
            </ol>
          </section>
        )}
        <h2>Give somebody a role</h2>
        <form class="filters" method="post" action={links.people}>
          <input
            name="actor"
            required
            pattern="user:[a-z]+:\S+"
            aria-label="Person"
            placeholder="user:slack:U024"
            title="The key of a person, such as user:slack:U024 or user:discord:98"
          />
          <Roles chosen="operator" />
          <button type="submit">Give the role</button>
        </form>
      </>
    ),
  })

const Roles = ({ chosen }: { chosen: Role }) => (
  <select name="role" aria-label="Role">
    {ROLES.map(role => (
      <option value={role} selected={role === chosen}>
        {role}
      </option>
    ))}
  </select>
)

const Person = ({ person: { actor, role, changedBy, changedAt }, links }: { person: PersonRole; links: Links }) => (
  <li>
    <span class="actor">{printable(actor)}</span>
    <form class="filters" method="post" action={links.people}>
      <input type="hidden" name="actor" value={actor} />
      <Roles chosen={role} />
      <button type="submit">Change</button>
      <button type="submit" name="remove" value="1">
        Take away
      </button>
    </form>
    <span class="who">
      by {printable(changedBy)}, <When at={changedAt} />
    </span>
  </li>
)
