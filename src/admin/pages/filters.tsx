/** What lists share: choices in a filter, and the ways on from a page. */

type ChoiceProps = { name: string; all: string; options: readonly string[]; value: string | undefined }

export const Choice = ({ name, all, options, value }: ChoiceProps) => (
  <select name={name} aria-label={name}>
    <option value="">{all}</option>
    {options.map(option => (
      <option value={option} selected={option === value}>
        {option}
      </option>
    ))}
  </select>
)

type PagingProps = {
  href: string
  query: Readonly<Record<string, string | undefined>>
  /** Where the next page begins, as an address carries it. */
  next: string | null
  further: boolean
}

/** The ways on from a page of a list: to older ones, and back to the newest. */
export function Paging({ href, query, next, further }: PagingProps) {
  const search = (more: Record<string, string>) => {
    const filters = Object.entries({ ...query, ...more }).filter(([, value]) => value !== undefined)
    const text = new URLSearchParams(filters as [string, string][]).toString()
    return text === '' ? href : `${href}?${text}`
  }
  return (
    <p class="paging">
      {further && <a href={search({})}>← Newest</a>}
      {next && (
        <a href={search({ cursor: next })} data-row="">
          Older →
        </a>
      )}
    </p>
  )
}
