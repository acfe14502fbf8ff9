/** How numbers and short texts are worded, in the chat, on the page and in the terminal alike. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** A span of milliseconds: `58 s`, `4 m 02 s`, `1 h 05 m`; below a second `<1 s`. */
export function duration(ms: number): string {
  if (ms < SECOND) return '<1 s'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${twoDigits(Math.floor((ms % MINUTE) / SECOND))} s`
  return `${Math.floor(ms / HOUR)} h ${twoDigits(Math.floor((ms % HOUR) / MINUTE))} m`
}

/** The span between two ISO 8601 times. */
export const durationBetween = (from: string, to: string): string => duration(Date.parse(to) - Date.parse(from))

/** Dollars: `$0.31`, `<$0.01` for what is less than a cent and not nothing. */
export const money = (usd: number): string => (usd > 0 && usd < 0.01 ? '<$0.01' : `$${usd.toFixed(2)}`)

/** Bytes in decimal units: `512 B`, `2.1 kB`, `1.2 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  // 999,950 B is "1.0 MB", never "1000.0 kB": the rounded number decides.
  while (unit < units.length - 1 && Number(value.toFixed(unit === 0 ? 0 : 1)) >= 1000) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`
}

/** A place in a line: `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13
  const ending = teen ? undefined : ['th', 'st', 'nd', 'rd'][n % 10]
  return `${n}${ending ?? 'th'}`
}

/** A number with its noun: `1 file`, `2 files`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** A text as one line of at most `max` characters, cut at a word and marked with `…` when it was longer. */
export function oneLine(text: string, max: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (line.length <= max) return line
  const room = cut(line, max - 1)
  const word = room.lastIndexOf(' ')
  return `${(word > max / 2 ? room.slice(0, word) : room).trimEnd()}…`
}

/** The first `max` characters, never half of one that takes two code units. */
export const cut = (text: string, max: number): string => text.slice(0, max).replace(/[\ud800-\udbff]$/, '')

const twoDigits = (n: number) => String(n).padStart(2, '0')
