/** One stage of a Dockerfile, as far as the tests ask; what it does not say is empty. */
export type Stage = {
  from: string
  runs: string[]
  copies: { from: string | null; paths: string[] }[]
  env: Record<string, string>
  user: string
  port: number
  volumes: string[]
  health: string[]
  entrypoint: string[]
  command: string[]
}

/** Reads a Dockerfile of two stages, without heredocs and other escapes than a line's end. */
export function readDockerfile(text: string): { build: Stage; run: Stage } {
  const [head = '', build, run, ...more] = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split(/^(?=FROM )/m)
  if (build === undefined || run === undefined || more.length > 0) throw new Error('it has not two stages')
  const [, name = '', value = ''] = /^ARG (\w+)=(\S+)/.exec(head) ?? []
  const read = (stage: string) => stageOf(stage.replace(`\${${name}}`, value))
  return { build: read(build), run: read(run) }
}

function stageOf(text: string): Stage {
  const lines = text.split('\n').map(line => ({ word: line.split(' ', 1)[0], rest: line.slice(line.indexOf(' ') + 1) }))
  const all = (word: string) => lines.filter(line => line.word === word).map(({ rest }) => rest)
  const last = (word: string) => all(word).at(-1) ?? ''
  const list = (word: string): string[] => JSON.parse(/\[.*\]/.exec(last(word))?.[0] ?? '[]')
  return {
    from: last('FROM').replace(/ AS .*/, ''),
    runs: all('RUN'),
    copies: all('COPY').map(rest => ({
      from: /--from=(\S+)/.exec(rest)?.[1] ?? null,
      paths: rest
        .replace(/--\S+ /g, '')
        .split(' ')
        .slice(0, -1),
    })),
    env: Object.fromEntries(all('ENV').flatMap(rest => rest.split(' ').map(pair => pair.split(/=(.*)/)))),
    user: last('USER'),
    port: Number(last('EXPOSE')),
    volumes: list('VOLUME'),
    health: list('HEALTHCHECK'),
    entrypoint: list('ENTRYPOINT'),
    command: list('CMD'),
  }
}
