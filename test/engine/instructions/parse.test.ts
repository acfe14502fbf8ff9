import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { mistakesOf, parsed, written } from './written.ts'

const file = (keys: string, prompt = 'Do it.') => `---\n${keys}\n---\n${prompt}\n`

describe('a file without mistakes', () => {
  test('becomes an instruction', () => {
    const source = file(
      [
        'description: Write a brief',
        'inputs:',
        '  topic: { type: text, required: true, description: What it is about }',
        '  n: { type: integer, default: 3 }',
        'outputs: ["*.md"]',
        'allowed-tools: [Read, WebSearch]',
        'ask-tools: [Bash]',
        'sandbox: bwrap',
        'network: [api.example.com, "*.example.org:8443"]',
        'approvers: [role:discord:77, requester]',
        'model: sonnet',
        'timeout: 15m',
        'max-cost: 2.50',
        'allow: [channel:slack:C024, user:discord:98]',
        'mcp: [crm]',
        'examples: [{ topic: Winter tyres }]',
      ].join('\n'),
      '\nWrite {{n}} lines on {{topic}}.\n',
    )
    expect(parsed(source)).toEqual({
      name: 'test',
      sha: createHash('sha256').update(source).digest('hex'),
      source,
      description: 'Write a brief',
      inputs: [
        { name: 'topic', type: 'text', required: true, description: 'What it is about', max: 3000, multiline: false },
        { name: 'n', type: 'integer', required: false, description: '', default: 3 },
      ],
      outputs: ['*.md'],
      allowedTools: ['Read', 'WebSearch'],
      askTools: ['Bash'],
      sandbox: 'bwrap',
      network: ['api.example.com', '*.example.org:8443'],
      approvers: ['role:discord:77', 'requester'],
      plan: false,
      model: 'sonnet',
      timeoutMinutes: 15,
      maxCost: 2.5,
      allow: ['channel:slack:C024', 'user:discord:98'],
      mcp: ['crm'],
      examples: [{ topic: 'Winter tyres' }],
      prompt: 'Write {{n}} lines on {{topic}}.',
      reference: null,
    })
  })

  test('needs a description and a prompt only', () => {
    expect(parsed(file('description: A test'))).toMatchObject({
      inputs: [],
      outputs: null,
      allowedTools: ['Read', 'Glob', 'Grep', 'Write', 'Edit'],
      askTools: [],
      approvers: ['requester'],
      model: null,
      timeoutMinutes: null,
      maxCost: null,
      allow: [],
      mcp: [],
      examples: [],
    })
  })

  test('may have CRLF line ends and a byte order mark', () => {
    const source = `\ufeff${file('description: A test', 'One\nTwo').replaceAll('\n', '\r\n')}`
    expect(parsed(source)).toMatchObject({ description: 'A test', prompt: 'One\nTwo', source })
  })

  test('may name its tools as Claude Code does, in one line', () => {
    expect(parsed(file('description: A test\nallowed-tools: Read, Grep')).allowedTools).toEqual(['Read', 'Grep'])
  })

  test.each([
    ['90s', 1.5],
    ['15m', 15],
    ['1h', 60],
  ])('timeout %s is %d minutes', (time, minutes) => {
    expect(parsed(file(`description: A test\ntimeout: ${time}`)).timeoutMinutes).toBe(minutes)
  })

  test('keeps what only looks like a placeholder of another language', () => {
    const prompt = 'Explain {{#each items}} and {{ secrets.KEY }}.'
    expect(parsed(file('description: A test', prompt)).prompt).toBe(prompt)
  })

  test('that asks for a tool by default allowed does not allow it', () => {
    const { allowedTools, askTools } = parsed(file('description: A test\nask-tools: Write, Bash'))
    expect({ allowedTools, askTools }).toEqual({
      allowedTools: ['Read', 'Glob', 'Grep', 'Edit'],
      askTools: ['Write', 'Bash'],
    })
  })
})

describe('a mistake in the front matter', () => {
  const missing = '1: The front matter is missing: begin with a line `---`, then the keys, then another line `---`.'
  const notYaml = (why: string) =>
    `The front matter is not valid YAML (${why}): correct it; text with a colon, a # or braces needs quotes.`

  test.each([
    ['no front matter', 'Do it.', missing],
    ['a front matter without its end', '---\ndescription: A test\n', missing],
    [
      'a colon in a text',
      file('description: Write: a brief'),
      `2: ${notYaml('Nested mappings are not allowed in compact mappings')}`,
    ],
    ['a key twice', file('description: A\nmodel: a\nmodel: b'), `4: ${notYaml('Map keys must be unique')}`],
    ['an unknown tag', file('description: A\nmodel: !x y'), `3: ${notYaml('Unresolved tag: !x')}`],
    [
      'an alias of nothing',
      file('description: *a'),
      `1: ${notYaml('Unresolved alias (the anchor must be set before the alias): a')}`,
    ],
    ['a list', file('- description'), '2: The front matter must be a map of keys.'],
    ['no keys', file(''), '2: `description` is required: add it.'],
    ['no description', file('model: sonnet'), '2: `description` is required: add it.'],
    ['an empty description', file('description: " "'), '2: `description` must not be empty.'],
    [
      'a number as description',
      file('description: 7'),
      '2: `description` must be text (in quotes if it looks like something else).',
    ],
    ['outputs as text', file('description: A\noutputs: "*.md"'), '3: `outputs` must be a list.'],
    ['no outputs', file('description: A\noutputs: []'), '3: `outputs` must not be empty.'],
    [
      'a rule instead of a tool',
      file('description: A\nallowed-tools:\n  - Read\n  - Bash(git:*)'),
      '5: Item 2 of `allowed-tools` must be the name of a tool such as Read: a rule in brackets is not supported.',
    ],
    ...[
      ...['CronCreate', 'ScheduleWakeup', 'RemoteTrigger', 'SendMessage', 'SendUserMessage', 'PushNotification'],
      ...['ListAgents', 'TeamCreate', 'Monitor', 'Workflow', 'TaskOutput', 'TaskStop', 'BashOutput', 'KillShell'],
    ].map((tool): [string, string, string] => [
      `${tool}, which would outlive its job`,
      file(`description: A\nask-tools: [Read, ${tool}]`),
      '3: Item 2 of `ask-tools` is off here: an agent sends nothing by itself, and nothing of it goes on behind its job.',
    ]),
    [
      'a model that reads as a flag',
      file('description: A\nmodel: --x'),
      '3: `model` must be the name of a model such as sonnet.',
    ],
    [
      'a timeout without its unit',
      file('description: A\ntimeout: 15'),
      '3: `timeout` must be a time such as 90s, 15m or 1h.',
    ],
    [
      'a timeout of nothing',
      file('description: A\ntimeout: 0m'),
      '3: `timeout` must be a time such as 90s, 15m or 1h.',
    ],
    [
      'a sandbox looser than any server has',
      file('description: A\nsandbox: off'),
      '3: `sandbox` must be cli or bwrap: an instruction may ask for more than the server has, not for less.',
    ],
    [
      'a host with its scheme',
      file('description: A\nnetwork: ["https://api.example.com"]'),
      '3: Item 1 of `network` must be a host such as api.example.com, *.example.com or db.example.com:5432, or "*" for every one.',
    ],
    [
      'a port that is none',
      file('description: A\nnetwork: [a.example.com, "a.example.com:65536"]'),
      '3: Item 2 of `network` must be a host such as api.example.com, *.example.com or db.example.com:5432, or "*" for every one.',
    ],
    [
      'a host that ends with a dot',
      file('description: A\nnetwork: [a.example.com, a.example.com.]'),
      '3: Item 2 of `network` must be a host such as api.example.com, *.example.com or db.example.com:5432, or "*" for every one.',
    ],
    [
      'an unknown key',
      file('description: A\ntooone: x'),
      '3: `tooone` is not a key that I know: remove it or correct its name.',
    ],
    [
      'a tool that is both allowed and asked for',
      file('description: A\nallowed-tools: [Read, Bash]\nask-tools:\n  - Edit\n  - Bash'),
      '6: Item 2 of `ask-tools` stands in `allowed-tools` too, which would run it unasked: keep it in one of the two.',
    ],
    [
      'an approver without a platform',
      file('description: A\napprovers: [requester, user:ann]'),
      '3: Item 2 of `approvers` must be `requester`, or a key such as user:slack:U024 or role:discord:77.',
    ],
    [
      'a channel as approver',
      file('description: A\napprovers: [channel:slack:C1]'),
      '3: Item 1 of `approvers` must be `requester`, or a key such as user:slack:U024 or role:discord:77.',
    ],
    ['no approvers', file('description: A\napprovers: []'), '3: `approvers` must not be empty.'],
    ['an empty list of who may run it', file('description: A\nallow: []'), '3: `allow` must not be empty.'],
    [
      'a name instead of a key',
      file('description: A\nallow: ["#briefs"]'),
      '3: Item 1 of `allow` must be a key such as channel:slack:C024, user:discord:98 or role:discord:77.',
    ],
    [
      'dollars with their sign',
      file('description: A\nmax-cost: $2'),
      '3: `max-cost` must be dollars above 0, such as 2.50.',
    ],
    ['a cost of nothing', file('description: A\nmax-cost: 0'), '3: `max-cost` must be dollars above 0, such as 2.50.'],
    [
      'a server that cannot have that name',
      file('description: A\nmcp: [CRM]'),
      '3: Item 1 of `mcp` must be the name of a server: a-z, 0-9, _ or -.',
    ],
  ])('%s', (_, source, mistake) => {
    expect(mistakesOf(source)).toEqual([mistake])
  })

  test('does not hide those of the prompt', () => {
    const keys = 'inputs:\n  topic: { type: text, maximum: 9 }'
    expect(mistakesOf(file(keys, 'On {{topic}} and {{topik}}.'))).toEqual([
      expect.stringMatching(/^2: `description`/),
      expect.stringMatching(/^3: .*maximum/),
      expect.stringMatching(/^5: .*topik/),
    ])
    expect(mistakesOf(file('inputs: 7', 'On {{topic}}.'))).toEqual([
      expect.stringMatching(/^2: /),
      expect.stringMatching(/^2: `inputs` must be/),
    ])
  })

  test('all of them are reported, in the order of their lines', () => {
    const source = file(
      'mpc: [crm]\ninputs:\n  Topic: { type: text }\n  tone: { type: choice }\ntimeout: soon\nallow: []',
    )
    expect(mistakesOf(source).map(mistake => mistake.split(' ', 2).join(' '))).toEqual([
      '2: `description`',
      '2: `mpc`',
      '4: `inputs.Topic`',
      '5: `inputs.tone.options`',
      '6: `timeout`',
      '7: `allow`',
    ])
  })

  test('names the file', () => {
    expect(() => parsed('x')).toThrow('"file":"test.md","line":1')
  })
})

describe('a mistake in an input', () => {
  const TYPES = 'text, integer, number, boolean, choice, date, url, file'

  test.each([
    ['x: 1', '`inputs.x` must be a map of keys.'],
    ['x: {}', `\`inputs.x.type\` must be one of ${TYPES}.`],
    ['x: { type: bool }', `\`inputs.x.type\` must be one of ${TYPES}.`],
    ['x: { type: text, min: 1 }', '`inputs.x.min` is not a key that I know: remove it or correct its name.'],
    ['x: { type: file, default: a }', '`inputs.x.default` is not a key that I know: remove it or correct its name.'],
    ['x: { type: text, required: yes }', '`inputs.x.required` must be true or false.'],
    ['x: { type: text, max: 0 }', '`inputs.x.max` must be at least 1.'],
    ['x: { type: file, max: 11 }', '`inputs.x.max` must be at most 10.'],
    ['x: { type: integer, min: 1.5 }', '`inputs.x.min` must be a whole number.'],
    ['x: { type: integer, min: 2, max: 1 }', '`inputs.x.max` must not be below `min`.'],
    ['x: { type: number, min: 0.2, max: 0.1 }', '`inputs.x.max` must not be below `min`.'],
    ['x: { type: date, min: 2026-02-01, max: 2026-01-31 }', '`inputs.x.max` must not be below `min`.'],
    ['x: { type: date, default: 2026-02-29 }', '`inputs.x.default` must be a day such as 2026-11-21.'],
    ['x: { type: boolean, default: "yes" }', '`inputs.x.default` must be true or false.'],
    [
      'x: { type: url, default: example.com }',
      'The default does not fit: `x` must be a web address that begins with https:// or http://, without a password, of at most 2000 characters; you gave `example.com`.',
    ],
    ['x: { type: choice, options: [a, A] }', '`inputs.x.options` must not hold an option twice.'],
    [
      'x: { type: choice, options: [2024] }',
      'Item 1 of `inputs.x.options` must be text (in quotes if it looks like something else).',
    ],
    [
      'x: { type: text, max: 2, default: abc }',
      'The default does not fit: `x` must be text of at most 2 characters; you gave `abc`.',
    ],
    [
      'x: { type: integer, min: 2, default: 1 }',
      'The default does not fit: `x` must be a whole number of at least 2; you gave the number `1`.',
    ],
    ['1st: { type: text }', '`inputs.1st` must begin with a-z and go on with a-z, 0-9, _ or -, at most 32 in all.'],
  ])('%s', (definition, message) => {
    expect(mistakesOf(written([definition]))).toEqual([`4: ${message}`])
  })

  test('there may be 25 and no more', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => `x${i}: { type: text }`)
    expect(mistakesOf(written(many(25)))).toEqual([])
    expect(mistakesOf(written(many(26)))).toEqual(['3: `inputs` must hold at most 25.'])
  })
})

describe('a mistake in the prompt', () => {
  test('no prompt', () => {
    expect(mistakesOf(file('description: A', ' \n'))).toEqual([
      '4: The prompt is missing: write below the second `---` what is to be done.',
    ])
  })

  test('placeholders that are none stand with their lines', () => {
    expect(mistakesOf(written(['topic: { type: text }'], 'On {{topic}}\nand {{ topic }}\nand {{Tone}}'))).toEqual([
      '7: `{{ topic }}` is not a placeholder of this instruction: write `{{topic}}`.',
      '8: `{{Tone}}` is not a placeholder of this instruction: add an input `Tone` or correct the name.',
    ])
  })
})
