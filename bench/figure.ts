/** One figure: what we reach and what its floor reaches, measured in the same round. */
export type Round = { ours: number; floor: number; notes?: Record<string, number> }

export type Figure = {
  name: string
  unit: string
  floor: string
  /** What the median ratio is to be at least. */
  reach: number
  round(): Promise<Round>
}

export type Measured = { figure: Figure; ours: number; floor: number; ratio: number; notes: Record<string, number> }

/** The median of five rounds after one that warms up; the ratio is the median of the rounds' own ratios. */
export async function measure(figure: Figure, rounds = 5): Promise<Measured> {
  await figure.round()
  const all: Round[] = []
  for (let i = 0; i < rounds; i += 1) all.push(await figure.round())
  const noted = Object.keys(all[0]?.notes ?? {})
  return {
    figure,
    ours: median(all.map(({ ours }) => ours)),
    floor: median(all.map(({ floor }) => floor)),
    ratio: median(all.map(({ ours, floor }) => ours / floor)),
    notes: Object.fromEntries(noted.map(name => [name, median(all.map(({ notes }) => notes?.[name] ?? Number.NaN))])),
  }
}

/** Seconds that the work took. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e9
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
