/** The zone of this machine. */
export const SYSTEM_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** True for the name of a time zone that there is: `Europe/Berlin`, `UTC`. */
export function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false // it throws a RangeError for every other text
  }
}

/** A moment as people of a zone write it: `Mon, 23 Nov 2026, 09:00`. */
export const momentIn = (at: Date, timezone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    ...({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const),
    ...({ hour: '2-digit', minute: '2-digit', timeZone: timezone } as const),
  }).format(at)

/** By how many minutes the clocks of a zone are ahead of UTC at a moment. */
export function offsetIn(at: Date, timezone: string): number {
  const wall = at.toLocaleString('sv', { timeZone: timezone }) // `2026-11-23 09:00:00`
  return Math.round((Date.parse(`${wall.replace(' ', 'T')}Z`) - at.getTime()) / 60_000)
}

const days = new Map<string, Intl.DateTimeFormat>()

/** The day that a moment is in, by the clocks of a zone: `2026-11-23`. */
export function dayIn(at: Date, timezone: string): string {
  const format = days.get(timezone) ?? new Intl.DateTimeFormat('sv', { timeZone: timezone }) // costly to make
  days.set(timezone, format)
  return format.format(at)
}

/** When a day begins by the clocks of a zone: at midnight, or where they jump over it, at the end of that. */
export function startOfDay(day: string, timezone: string): Date {
  const utc = Date.parse(`${day}T00:00:00Z`)
  const offsets = [-DAY_MS, DAY_MS].map(ms => offsetIn(new Date(utc + ms), timezone))
  const starts = offsets.map(minutes => new Date(utc - minutes * 60_000)).sort((a, b) => a.getTime() - b.getTime())
  return starts.find(at => dayIn(at, timezone) === day) ?? new Date(utc)
}

const DAY_MS = 24 * 60 * 60_000
