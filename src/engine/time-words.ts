import { dayIn } from '../zone.ts'

/** `14:00 UTC`, `14:00 CET` by the clocks of a zone, with the day when that is another one. */
export function timeWords(at: Date, now: Date, zone: string): string {
  const day = dayIn(at, zone)
  const time = at.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone: zone,
  })
  return day === dayIn(now, zone) ? time : `${day} ${time}`
}
