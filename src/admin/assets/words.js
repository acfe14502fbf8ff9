const twoDigits = n => String(n).padStart(2, '0')

/** A span of milliseconds, worded as the server words it; a test holds the two together. */
export function duration(ms) {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 1) return '<1 s'
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ${twoDigits(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`
}

/** A number with its noun: `1 line`, `1,234 lines`. */
export const count = (n, noun) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
