/** The file that the sample job is given. */
export const SAMPLE_FILE = {
  name: 'notes.md',
  text: `# Notes from the workshop

- Below 7 °C a summer tyre hardens; braking from 80 km/h takes about 10 m longer on wet road.
- Customers ask in October; most appointments are gone by the middle of November.
- Legal minimum of tread: 1.6 mm. We advise 4 mm for winter tyres.
- Tone: plain, no scare stories.
`,
}

/** The sample job, as a person would type it. */
export const SAMPLE_COMMAND = `brief topic="Winter tyres" tone=plain words=600 sources=${SAMPLE_FILE.name}`

/** A job that asks a question, as a person would type it. */
export const ASKING_COMMAND = 'brief topic="Summer tyres" audience=?'
