import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../src/bot/commands.ts'
import { quoteValue } from '../../src/bot/quotes.ts'
import { INSTRUCTIONS } from './brief.ts'

const ANN = { actor: 'user:test:ann', roles: [], place: 'channel:test:one' }
const parse = (text: string) => parseCommand({ text }, INSTRUCTIONS, ANN)
const inputsOf = (text: string) => {
  const command = parse(text)
  return command.kind === 'run' ? command.inputs : command
}
const problemOf = (text: string) => {
  const command = parse(text)
  return command.kind === 'problem' ? command.text : command
}

describe('the first word', () => {
  test('nothing at all is a call for help', () => {
    for (const text of ['', '  ', '/errand', 'errand', '/errand help', 'HELP', '/help'])
      expect(parse(text)).toEqual({ kind: 'help' })
  })

  test('the bot may be named, and run may be said', () => {
    for (const lead of ['', '/errand ', 'errand ', 'run ', '/errand run ', 'Errand Run ', '/'])
      expect(parse(`${lead}brief topic=Tyres`)).toEqual({
        kind: 'run',
        instruction: 'brief',
        inputs: { topic: 'Tyres' },
      })
  })

  test('commands about a job take its id in any case', () => {
    for (const kind of ['status', 'log', 'files', 'cancel'] as const)
      expect(parse(`${kind}  4X7K2M9Q `)).toEqual({ kind, id: '4x7k2m9q' })
  })

  test('a link to the admin page is asked for by a word', () => {
    expect(parse('/errand login')).toEqual({ kind: 'login' })
  })

  test('a missing or impossible id is said', () => {
    expect(problemOf('cancel')).toBe('`cancel` needs the id of a job: `errand cancel <id>`. `errand jobs` lists them.')
    expect(problemOf('log 4x7k')).toContain('`4x7k` is not the id of a job')
    expect(problemOf('run')).toContain('needs the name of an instruction')
  })

  test('a slip of the finger gets a suggestion', () => {
    expect(parse('breif topic=x')).toEqual({ kind: 'unknown', word: 'breif', suggestion: 'brief' })
    expect(parse('job')).toEqual({ kind: 'unknown', word: 'job', suggestion: 'jobs' })
    expect(parse('weather')).toEqual({ kind: 'unknown', word: 'weather' })
  })

  test('an instruction that does not load says where its mistake is', () => {
    for (const text of ['broken x', 'help broken'])
      expect(problemOf(text)).toBe('`broken` cannot run now: broken.md, line 3: `inputs` must be a list of names.')
  })
})

describe('values', () => {
  test('a value with spaces stands in either quote, and the other one is a letter in it', () => {
    expect(inputsOf(`brief topic="Ben's tyres" notes='say "hello"'`)).toEqual({
      topic: "Ben's tyres",
      notes: 'say "hello"',
    })
  })

  test('a backslash escapes a quote and itself, and is a letter elsewhere', () => {
    expect(inputsOf(String.raw`brief topic="a \"b\" \\ c:\new"`)).toEqual({ topic: String.raw`a "b" \ c:\new` })
  })

  test('smart quotes count as quotes, and an apostrophe among letters does not close them', () => {
    expect(inputsOf('brief topic=“Winter tyres” notes=‘don’t panic’')).toEqual({
      topic: 'Winter tyres',
      notes: 'don’t panic',
    })
    expect(inputsOf('brief topic=„Winterreifen heute“')).toEqual({ topic: 'Winterreifen heute' })
  })

  test('a value may have lines', () => {
    expect(inputsOf('brief topic=Tyres notes="one\ntwo"\nwords=800')).toEqual({
      topic: 'Tyres',
      notes: 'one\ntwo',
      words: '800',
    })
  })

  test('a name in capitals is the same name, and no name reaches beyond the inputs', () => {
    expect(inputsOf('brief Topic=Tyres')).toEqual({ topic: 'Tyres' })
    expect(inputsOf('brief constructor=x')).toEqual({ topic: 'constructor=x' })
  })

  test('a file input may be named more than once, another one may not', () => {
    expect(inputsOf('brief sources=a.md sources="b c.md" topic=x')).toEqual({ sources: 'a.md\nb c.md', topic: 'x' })
    expect(problemOf('brief words=1 words=2')).toBe('`words` is given twice.')
  })

  test('an open quote is said', () => {
    expect(problemOf('brief topic="Winter tyres')).toContain('the value of `topic` is not closed: `"Winter tyres`')
    expect(problemOf('brief topic="a"b')).toContain('then comes `b`')
  })
})

describe('free text', () => {
  test('is the first text input, wherever it stands', () => {
    expect(inputsOf('brief tone=plain Winter tyres words=800 in mild regions')).toEqual({
      tone: 'plain',
      words: '800',
      topic: 'Winter tyres in mild regions',
    })
  })

  test('keeps its lines, its apostrophes and what only looks like a name', () => {
    expect(inputsOf("brief don't  say a=b\nor c")).toEqual({ topic: "don't  say a=b\nor c" })
  })

  test('is not what a slip in a name makes of a value: the name that was meant is said, and quotes make it text', () => {
    expect(problemOf('brief Winter tyres tonne=plain')).toBe(
      '`brief` has no input `tonne`: write `tone=…`, or put `tonne=…` in quotes if it is text.',
    )
    expect(problemOf('count Numbre=5')).toContain('write `number=…`')
    expect(inputsOf('brief Winter tyres "tonne=plain"')).toEqual({ topic: 'Winter tyres "tonne=plain"' })
    expect(inputsOf('brief E=mc² and size=9')).toEqual({ topic: 'E=mc² and size=9' })
  })

  test('loses quotes that enclose all of it, and no others', () => {
    expect(inputsOf('brief "Winter tone=x tyres" tone=plain')).toEqual({ topic: 'Winter tone=x tyres', tone: 'plain' })
    expect(inputsOf('brief say "hello" twice')).toEqual({ topic: 'say "hello" twice' })
  })

  test('that has no home most often lacks quotes, and the problem shows them', () => {
    expect(problemOf('brief topic=Winter tyres')).toBe(
      'I do not know where `tyres` belongs. A value with spaces stands in quotes: `topic="Winter tyres"`.',
    )
    const given = ': free text is the value of `topic`, and that is given already.'
    expect(problemOf('brief topic="Winter" tyres')).toBe(`I do not know where \`tyres\` belongs${given}`)
    expect(problemOf('brief tyres topic=Winter')).toBe(`I do not know where \`tyres\` belongs${given}`)
    expect(problemOf('count number=1 to ten')).toContain(': `count` takes no free text.')
  })
})

describe('any text', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...`ab \n"'“”‘’\\=topic`) }),
  )

  test('never makes the parser throw', () => {
    const lead = fc.constantFrom('', 'brief ', 'brief topic=', 'count number=1 ', 'run ', 'cancel ')
    fc.assert(fc.property(lead, anyText, (start, text) => void parse(start + text)))
  })

  test('is read back as it was quoted, whatever stands around it', () => {
    fc.assert(
      fc.property(anyText, anyText, (topic, notes) => {
        const text = `brief notes=${quoteValue(notes)} topic=${quoteValue(topic)} words=1`
        expect(inputsOf(text)).toEqual({ notes, topic, words: '1' })
      }),
    )
  })

  test('is quoted only where it must be', () => {
    expect(['plain', 'a b', '', `it's`, 'a\\b', 'x=y'].map(quoteValue)).toEqual([
      ...['plain', '"a b"', '""', `"it's"`, String.raw`"a\\b"`, 'x=y'],
    ])
  })
})

test('help of one instruction is asked for by name, or by --help behind it, and starts nothing', () => {
  for (const text of ['help brief', 'errand help BRIEF', 'brief --help'])
    expect(parse(text)).toEqual({ kind: 'help', instruction: 'brief' })
  expect(parse('help me')).toEqual({ kind: 'help' })
})
