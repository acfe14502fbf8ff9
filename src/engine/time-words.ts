/** `14:00 UTC`, with the day when that is another one. */
export function timeWords(at: Date, now: Date): string {
  const [day = '', time = ''] = at.toISOString().split('T')
  const date = day === now.toISOString().slice(0, 10) ? '' : `${day} `
  return `${date}${time.slice(0, 5)} UTC`
}
