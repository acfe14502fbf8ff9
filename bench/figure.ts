/** What is measured: a rate as a ratio to its floor in the same round, or a size that is not to be exceeded. */
export type Figure = RatioFigure | CeilingFigure

type Named = { name: string; unit: string }

export type RatioFigure = Named & {
  kind: 'ratio'
  floor: string
  /** What the median ratio is to be at least. */
  reach: number
  round(): Promise<Round>
}

/** One round: what we reach and what its floor reaches. */
export type Round = { ours: number; floor: number; notes?: Record<string, number> }

export type CeilingFigure = Named & {
  kind: 'ceiling'
  /** What the median is to be at most. */
  atMost: number
  round(): Promise<Pick<Round, 'ours' | 'notes'>>
}

/** The medians of a figure's rounds; `ratio` is the median of the rounds' own ratios. */
export type Measured = { ours: number; notes: Record<string, number>; reached: boolean } & (
  | { figure: RatioFigure; floor: number; ratio: number }
  | { figure: CeilingFigure }
)

/** Measures a ratio in five rounds after one that warms up, a size in three, each of which begins afresh. */
export async function measure(figure: Figure): Promise<Measured> {
  if (figure.kind === 'ceiling') {
    const rounds = await roundsOf(figure, 3)
    const ours = median(rounds.map(round => round.ours))
    return { figure, ours, notes: notesOf(rounds), reached: ours <= figure.atMost }
  }
  await figure.round()
  const rounds = await roundsOf(figure, 5)
  const ratio = median(rounds.map(({ ours, floor }) => ours / floor))
  return {
    figure,
    ratio,
    ours: median(rounds.map(({ ours }) => ours)),
    floor: median(rounds.map(({ floor }) => floor)),
    notes: notesOf(rounds),
    reached: ratio >= figure.reach,
  }
}

async function roundsOf<R>(figure: { round(): Promise<R> }, count: number): Promise<R[]> {
  const rounds: R[] = []
  for (let i = 0; i < count; i += 1) rounds.push(await figure.round())
  return rounds
}

function notesOf(rounds: Pick<Round, 'notes'>[]): Record<string, number> {
  const names = Object.keys(rounds[0]?.notes ?? {})
  return Object.fromEntries(names.map(name => [name, median(rounds.map(({ notes }) => notes?.[name] ?? Number.NaN))]))
}

/** Seconds that the work took. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e9
}

export const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
