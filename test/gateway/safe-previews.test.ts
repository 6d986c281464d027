/** A preview is made before anybody consents, so one that could be more than a look is not made: nothing is sent, nobody is asked. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/gateway/config/gateway-config.ts'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { AGENT, AUDIENCE, approveTools, type Ground, nextRequest, openSession, startGround, waiting } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const path = { type: 'string' }
const dryRun = { type: 'boolean', default: false }
const takes = (properties: object, more: object = {}) => ({
  type: 'object',
  properties: { path, ...properties },
  ...more,
})
const dry = (constants: object) => ({ dry_run: { arguments: constants } })
const look = (more: object) => ({ read: { tool: 'look', arguments: { path: '{path}' } }, ...more })

interface Case {
  /** Of the called tool. */
  readonly schema: object
  readonly preview: object
  /** What is said of the preview. */
  readonly words: string
}

/** By the name of the tool that is called. */
const faulty: Readonly<Record<string, Case>> = {
  'another-case': {
    schema: takes({ dryRun }),
    preview: dry({ dryrun: true }),
    words: 'dry_run.arguments.dryrun: another-case has no argument dryrun. It has path, dryRun.',
  },
  'another-type': {
    schema: takes({ dryRun }),
    preview: dry({ dryRun: 'true' }),
    words: 'dry_run.arguments.dryRun: It has to be true or false.',
  },
  'by-default': {
    schema: takes({ dryRun }),
    preview: dry({ dryRun: false }),
    words: 'dry_run.arguments.dryRun: by-default takes this value by itself',
  },
  'no-default': {
    schema: takes({ dryRun: { type: 'boolean' } }),
    preview: dry({ dryRun: false }),
    words: 'dry_run.arguments.dryRun: no-default takes this value by itself',
  },
  'null-default': {
    schema: takes({ dryRun: { anyOf: [{ type: 'boolean' }, { type: 'null' }], default: null } }),
    preview: dry({ dryRun: false }),
    words: 'dry_run.arguments.dryRun: null-default takes this value by itself',
  },
  'one-of-two': {
    schema: takes({ dryRun, force: { type: 'boolean' } }),
    preview: dry({ dryRun: true, forced: true }),
    words: 'dry_run.arguments.forced: one-of-two has no argument forced.',
  },
  untyped: {
    schema: takes({ dryRun: { description: 'Whether' } }),
    preview: dry({ dryRun: true }),
    words: 'dry_run.arguments.dryRun: The schema of untyped does not say what this argument may be.',
  },
  unchecked: {
    schema: takes({ dryRun: { type: 'boolean', nullable: true } }),
    preview: dry({ dryRun: true }),
    words: 'dry_run.arguments.dryRun: The schema of unchecked does not say',
  },
  open: {
    schema: { type: 'object', additionalProperties: true },
    preview: dry({ dryRun: true }),
    words: 'dry_run.arguments.dryRun: open has no argument dryRun.',
  },
  'nested-case': {
    schema: takes({ options: { type: 'object', properties: { dryRun } } }),
    preview: dry({ options: { dryrun: true } }),
    words: 'dry_run.arguments.options.dryrun: nested-case has no argument options.dryrun.',
  },
  'nested-open': {
    schema: takes({ options: { type: 'object' } }),
    preview: dry({ options: { dryRun: true } }),
    words: 'dry_run.arguments.options.dryRun: nested-open has no argument options.dryRun.',
  },
  'no-such-mode': {
    schema: takes({ mode: { enum: ['plan', 'apply'] } }),
    preview: dry({ mode: 'dry' }),
    words: 'dry_run.arguments.mode: It has to be one of "plan", "apply".',
  },
  'two-spellings': {
    schema: takes({ dryRun, dry_run: dryRun }),
    preview: dry({ dryRun: true }),
    words: 'dry_run.arguments.dryRun: two-spellings has the argument dry_run, too.',
  },
  'nested-spellings': {
    schema: takes({ options: { type: 'object', properties: { dryRun } }, Options: path }),
    preview: dry({ options: { dryRun: true } }),
    words: 'dry_run.arguments.options.dryRun: nested-spellings has the argument Options, too.',
  },
  numbered: {
    schema: takes({ 1: dryRun }),
    preview: dry({ 1: true }),
    words: 'dry_run.arguments.1: An argument whose name is a number cannot be set last',
  },
  'nested-elsewhere': {
    schema: takes({ options: { type: 'object', properties: {} }, 'options.dryRun': dryRun }),
    preview: dry({ options: { dryRun: true } }),
    words: 'dry_run.arguments.options.dryRun: nested-elsewhere has no argument options.dryRun.',
  },
  'reads-by-writing': {
    schema: takes({}),
    preview: { read: { tool: 'admits-writing', arguments: { path: '{path}' } } },
    words: 'read.tool: The server says of admits-writing that it writes.',
  },
  'reads-by-destroying': {
    schema: takes({}),
    preview: { read: { tool: 'admits-destroying', arguments: { path: '{path}' } } },
    words: 'read.tool: The server says of admits-destroying that it writes.',
  },
  'reads-by-nothing': {
    schema: takes({}),
    preview: { read: { tool: 'missing', arguments: { path: '{path}' } } },
    words: 'read.tool: The server has no tool missing, or it is not approved.',
  },
  'reads-another': {
    schema: takes({}),
    preview: { read: { tool: 'look', arguments: { file: '{path}' } } },
    words: 'read.arguments.file: look has no argument file. It has path, paths.',
  },
  'reads-of-nothing': {
    schema: takes({}),
    preview: { read: { tool: 'look', arguments: { path: '{file}' } } },
    words: 'read.arguments: reads-of-nothing has no argument file.',
  },
  'reads-a-list': {
    schema: takes({}),
    preview: { read: { tool: 'look', arguments: { paths: ['{path}', '{file}'] } } },
    words: 'read.arguments: reads-a-list has no argument file.',
  },
  'after-nothing': {
    schema: takes({ content: path }),
    preview: look({ after: 'contents' }),
    words: 'after: after-nothing has no argument contents. It has path, content.',
  },
  'merges-nothing': {
    schema: takes({ content: path }),
    preview: look({ after: { merge: 'patch' } }),
    words: 'after.merge: merges-nothing has no argument patch.',
  },
  'dry-by-writing': {
    schema: takes({}),
    preview: { dry_run: { tool: 'admits-writing', arguments: { path: '{path}' } } },
    words: 'dry_run.tool: The server says of admits-writing that it writes.',
  },
  'explains-nothing': {
    schema: takes({ statement: path }),
    preview: { explain: { sql: 'sql' } },
    words: 'explain.sql: explains-nothing has no argument sql.',
  },
  'explains-a-number': {
    schema: takes({ sql: { type: 'integer' } }),
    preview: { explain: { sql: 'sql' } },
    words: 'explain.sql: It has to be a whole number.',
  },
  'explains-elsewhere': {
    schema: takes({ sql: path }),
    preview: { explain: { tool: 'look', sql: 'sql' } },
    words: 'explain.sql: look has no argument sql.',
  },
}

const options = { $ref: '#/$defs/Options' }
const Options = { type: 'object', properties: { dryRun, recursive: { type: 'boolean' } } }
const right: Readonly<Record<string, Omit<Case, 'words'> & { readonly answer?: string }>> = {
  edit: { schema: takes({ dryRun }), preview: dry({ dryRun: true }) },
  nested: { schema: takes({ options }, { $defs: { Options } }), preview: dry({ options: { dryRun: true } }) },
  deploy: {
    schema: takes({ mode: { enum: ['apply', 'plan', 'destroy'], default: 'apply' } }),
    preview: dry({ mode: 'plan' }),
  },
  // The authority cannot check its arguments.
  unbounded: {
    schema: takes({ options: Options, other: { nullable: true } }),
    preview: dry({ options: { dryRun: true } }),
  },
  labelled: {
    schema: takes({ dryRun }, { additionalProperties: { type: 'string' } }),
    preview: dry({ dryRun: true }),
  },
  replace: { schema: takes({ content: path }), preview: look({ after: 'content' }) },
  'by-list': { schema: takes({}), preview: { read: { tool: 'look', arguments: { paths: ['{path}', 1, null] } } } },
  planned: {
    schema: takes({}),
    preview: { dry_run: { tool: 'look', arguments: { path: '{path}' } } },
  },
  query: { schema: takes({ sql: path }), preview: { explain: { sql: 'sql' } } },
  slow: { schema: takes({ dryRun }), preview: dry({ dryRun: true }), answer: 'hang' },
  vast: { schema: takes({ dryRun }), preview: dry({ dryRun: true }), answer: 'flood' },
  postponed: { schema: takes({ dryRun }), preview: dry({ dryRun: true }), answer: 'task' },
  'each-good': { schema: takes({ dryRun }), preview: {} },
  'each-bad': { schema: takes({}), preview: {} },
}

const folder = mkdtempSync(join(tmpdir(), 'listed-'))
const file = (name: string) => join(folder, name)
const sent = () =>
  existsSync(file('calls'))
    ? readFileSync(file('calls'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line): unknown => JSON.parse(line))
    : []

const readers = [
  { name: 'look', inputSchema: takes({ paths: { type: 'array' } }), annotations: { readOnlyHint: true } },
  { name: 'admits-writing', inputSchema: takes({}), annotations: { readOnlyHint: false } },
  { name: 'admits-destroying', inputSchema: takes({}), annotations: { destructiveHint: true } },
]
const called = Object.entries({ ...faulty, ...right }).map(([name, { schema, ...more }]) => ({
  name,
  inputSchema: schema,
  ...('answer' in more ? { answer: more.answer } : {}),
}))
const describeTools = (change: object = {}) =>
  writeFileSync(file('tools.json'), JSON.stringify([...readers.map((tool) => ({ ...tool, ...change })), ...called]))
const written = ({ preview }: Pick<Case, 'preview'>) => ({ effect: 'write', preview })
const rules = {
  ...{ look: 'read', 'admits-writing': 'read', 'admits-destroying': 'read', missing: 'read' },
  'each-*': written({ preview: dry({ dryRun: true }) }),
  ...Object.fromEntries(
    Object.entries({ ...faulty, ...right })
      .filter(([name]) => !name.startsWith('each-'))
      .map(([name, one]) => [name, written(one)]),
  ),
  'not-there': written({ preview: dry({ dryRun: true }) }),
}

let ground: Ground
let raw: RawClient

beforeAll(async () => {
  describeTools()
  const args = [fileURLToPath(new URL('listed-server.mjs', import.meta.url)), folder]
  ground = await startGround({ box: { command: process.execPath, args, tools: rules } }, { hold_seconds: 20 })
  await approveTools(ground)
})
afterAll(() => ground.stop())
beforeEach(async () => {
  rmSync(file('calls'), { force: true })
  raw = await connectRaw(openSession(ground))
})

const call = async (name: string, args: object) => {
  raw.call(name, name, args)
  const [answer] = await raw.answers(name)
  return {
    refusal: Object(answer?.result?.['_meta'])['io.countersign/refusal'],
    words: JSON.stringify(answer?.result?.['content']),
  }
}
const refusalsOf = async (name: string) =>
  (await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 }))
    .map(({ body }) => JSON.parse(body))
    .filter((entry) => entry.type === 'token.refused' && entry.name === `box.${name}`)
const deny = async (id: string) => mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: {} }))

async function expectRefused(name: string, args: object, code: string, words: string) {
  const answer = await call(name, args)
  expect(answer.refusal).toEqual({ status: code, executed: false })
  expect(answer.words).toContain(JSON.stringify(words).slice(1, -1))
  expect(await waiting(ground)).toEqual([])
  expect(await refusalsOf(name)).toMatchObject([{ agent: AGENT, executor: AUDIENCE, code, reported: true }])
}

describe('a preview that the tools of the server do not allow', () => {
  it.each(Object.entries(faulty))('%s: nothing is sent, nobody is asked, and the ledger has it', async (name, one) => {
    const words = `upstreams.box.tools.${name}.preview.${one.words}`
    expect(ground.lines.some((line) => line.startsWith(words))).toBe(true)
    await expectRefused(name, {}, 'state_unknown', words)
    expect(sent()).toEqual([])
  })

  it('is said at the start of each tool that its rule fits, and of a tool that is not there', () => {
    const told = ground.lines.filter((line) => line.startsWith('upstreams.box.tools.'))
    expect(told).toHaveLength(Object.keys(faulty).length + 2)
    expect(told).toContainEqual(
      expect.stringContaining('tools.each-*.preview.dry_run.arguments.dryRun: each-bad has no'),
    )
    expect(told).toContainEqual(
      'upstreams.box.tools.not-there.preview: There is no such tool, so this counts for nothing.',
    )
  })

  it('leaves the other tools of its rule alone', async () => {
    await expectRefused('each-bad', { path: 'a' }, 'state_unknown', 'each-bad has no argument dryRun')
    expect(sent()).toEqual([])
    raw.call(1, 'each-good', { path: 'a' })
    await deny((await nextRequest(ground)).id)
    expect(sent()).toEqual([['each-good', { path: 'a', dryRun: true }]])
  })
})

describe('a preview that is right', () => {
  it.each<[string, object, unknown[]]>([
    ['edit', { path: 'a' }, [['edit', { path: 'a', dryRun: true }]]],
    ['edit', { path: 'b', dryRun: false }, [['edit', { path: 'b', dryRun: true }]]],
    ['nested', { path: 'a' }, [['nested', { path: 'a', options: { dryRun: true } }]]],
    [
      'nested',
      { path: 'b', options: { recursive: true, dryRun: false } },
      [['nested', { path: 'b', options: { recursive: true, dryRun: true } }]],
    ],
    ['unbounded', { path: 'c', options: null }, [['unbounded', { path: 'c', options: { dryRun: true } }]]],
    ['labelled', { path: 'a', team: 'b' }, [['labelled', { path: 'a', team: 'b', dryRun: true }]]],
    ['deploy', { path: 'a', mode: 'apply' }, [['deploy', { path: 'a', mode: 'plan' }]]],
    ['replace', { path: 'a', content: 'x' }, [['look', { path: 'a' }]]],
    ['by-list', { path: 'a' }, [['look', { paths: ['a', 1, null] }]]],
    ['by-list', {}, [['look', { paths: [1, null] }]]],
    ['planned', { path: 'a', extra: true }, [['look', { path: 'a' }]]],
    ['query', { sql: 'not SQL', path: 'a' }, []],
    [
      'query',
      { sql: 'SELECT 1', path: 'a' },
      [
        ['query', { sql: 'EXPLAIN (COSTS OFF) SELECT 1' }],
        ['query', { sql: 'EXPLAIN (COSTS ON) SELECT 1' }],
      ],
    ],
  ])('%s %j sends what it is made of, and nothing else before people are asked', async (name, args, calls) => {
    raw.call(1, name, args)
    const { id } = await nextRequest(ground)
    expect(sent()).toEqual(calls)
    await deny(id)
    await raw.answers(1)
    expect(sent()).toEqual(calls)
  })

  const set = (argument: string) => `${argument}: The gateway sets this argument itself`
  const spelled = (argument: string, constant: string) => `${argument}: It is another spelling of ${constant}.`
  const unknown = (argument: string, tool: string) => `${argument}: The schema of ${tool} has no such argument`

  it.each([
    ['edit', { path: 'c', dryRun: true }, set('dryRun')],
    ['nested', { path: 'c', options: { dryRun: true } }, set('options.dryRun')],
    ['unbounded', { path: 'c', options: '{"dryRun":false}' }, set('options')],
    ['unbounded', { path: 'c', options: [] }, set('options')],
    ['deploy', { path: 'c', mode: 'plan' }, set('mode')],
    ['deploy', { path: 'c', mode: 'destroy' }, set('mode')],
    ['edit', { path: 'c', dryrun: false }, spelled('dryrun', 'dryRun')],
    ['edit', { dryRun: false, dryrun: false }, spelled('dryrun', 'dryRun')],
    ['edit', { DRY_RUN: false }, spelled('DRY_RUN', 'dryRun')],
    ['edit', { 'dry-run': false }, spelled('dry-run', 'dryRun')],
    ['edit', { 'dry\u200BRun': false }, spelled('"dry\\u{200b}Run"', 'dryRun')],
    ['edit', { ｄryRun: false }, spelled('"ｄryRun"', 'dryRun')],
    ['labelled', { DryRun: 'no' }, spelled('DryRun', 'dryRun')],
    ['nested', { path: 'c', options: { dryrun: false } }, spelled('options.dryrun', 'dryRun')],
    ['nested', { path: 'c', Options: { dryRun: false } }, spelled('Options', 'options')],
    ['deploy', { path: 'c', MODE: 'apply' }, spelled('MODE', 'mode')],
    ['edit', { path: 'c', apply: true }, unknown('apply', 'edit')],
    ['edit', { path: 'c', 0: true }, unknown('0', 'edit')],
    ['nested', { path: 'c', options: { 'options.dryRun': false } }, unknown('options.options.dryRun', 'nested')],
  ])('%s %j is refused: people could be shown another call than runs, or it could run', async (name, args, words) => {
    await expectRefused(name, args, 'invalid_request', words)
    expect(sent()).toEqual([])
  })

  it('has its constants after all that the agent sends', async () => {
    raw.call(1, 'edit', { dryRun: false, path: 'last' })
    const { id } = await nextRequest(ground)
    expect(JSON.stringify(sent())).toBe('[["edit",{"path":"last","dryRun":true}]]')
    await deny(id)
    await raw.answers(1)
  })

  it('runs the call as it was approved, without what made it a dry run', async () => {
    raw.call(1, 'edit', { path: 'run' })
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    await raw.answers(1)
    expect(sent()).toEqual([
      ['edit', { path: 'run', dryRun: true }],
      ['edit', { path: 'run', dryRun: true }],
      ['edit', { path: 'run' }],
    ])
  })

  it.each([
    [
      'slow',
      'The server box did not answer in time. Nothing was executed. Make exactly the same call again in a while.',
    ],
    ['vast', 'The server box answered. The message is larger than 8 MiB. Nothing was executed.'],
    ['postponed', 'the server asks for input first, or makes a task of it. Nothing was executed.'],
  ])('and is not answered in time and in bounds (%s): nobody is asked', async (name, words) => {
    await expectRefused(name, { path: 'a' }, 'state_unknown', words)
    expect(sent()).toEqual([[name, { path: 'a', dryRun: true }]])
  })

  it('by a tool that is described otherwise meanwhile is not made, and the approval stays', async () => {
    raw.call(1, 'replace', { path: 'a', content: 'late' })
    const { id } = await nextRequest(ground)
    describeTools({ description: 'Looks, and tells somebody.' })
    const before = sent()
    mustSucceed(await ground.ben.consent(id))
    expect(JSON.stringify(await raw.answers(1))).toContain(
      'read.tool: The server has no tool look, or it is not approved.',
    )
    expect(sent()).toEqual(before)
    describeTools()
    raw.call(2, 'replace', { path: 'a', content: 'late' })
    await waitFor(() => expect(sent()).toContainEqual(['replace', { path: 'a', content: 'late' }]))
  })
})

describe('a configuration with', () => {
  const secret = { env: 'X' }
  const reading = (tools: object) => () =>
    readConfig(
      JSON.stringify({
        ...{ issuer: 'http://localhost:8787', audience: 'urn:x', credential: secret, challenge_key: 'key.jwk' },
        ...{ agents: { claude: { credential: secret } }, upstreams: { box: { command: 'x', tools } } },
      }),
    )
  const write = (preview: object) => ({ look: 'read', put: { effect: 'write', preview }, '*': 'write' })
  const lookWith = (args: object) => write({ read: { tool: 'look', arguments: args } })

  it.each<[string, object]>([
    ['put.preview.read.tool: other counts as a tool that writes', write({ read: { tool: 'other', arguments: {} } })],
    ['put.preview.read.tool: put counts as a tool that writes', write({ read: { tool: 'put', arguments: {} } })],
    ['put.preview.dry_run.tool: put counts', write({ dry_run: { tool: 'put', arguments: { dryRun: true } } })],
    ['put.preview.dry_run.tool: other counts', write({ dry_run: { tool: 'other', arguments: { dryRun: true } } })],
    ['put.preview.explain.tool: other counts', write({ explain: { tool: 'other', sql: 'sql' } })],
    ['put.preview.read.tool: none counts', { put: { effect: 'write', preview: { read: { tool: 'none' } } } }],
    ['put.preview.dry_run.arguments: It is missing.', write({ dry_run: {} })],
    ['put.preview.dry_run.arguments: It has to name what makes the call a dry run', write(dry({}))],
    ['put.preview.dry_run.arguments.dryRun: It has to be a constant', write(dry({ dryRun: '{dry}' }))],
    ['put.preview.dry_run.arguments.dryRun: It has to be a constant', write(dry({ dryRun: null }))],
    ['put.preview.dry_run.arguments.options: It has to be a constant', write(dry({ options: { dryRun: '{dry}' } }))],
    ['put.preview.read.arguments.path: A text is "{argument}" alone', lookWith({ path: 'x/{path}' })],
    ['put.preview.read.arguments.paths: A text is "{argument}" alone', lookWith({ paths: ['{path}/x'] })],
    ['put.preview.read.arguments.path: A text is "{argument}" alone', lookWith({ path: '{path' })],
    [
      'put.preview.dry_run.arguments.path: A text is "{argument}" alone',
      write({ dry_run: { tool: 'look', arguments: { path: 'x/{path}' } } }),
    ],
    ['get.preview: A read changes nothing', { get: { effect: 'read', preview: dry({ dryRun: true }) } }],
    [
      'edit_file: It never counts, since edit_* fits before it. Put it before edit_*.',
      { 'edit_*': 'write', edit_file: write(dry({ dryRun: true })).put },
    ],
    ['read_text_*: It never counts, since read_* fits', { 'read_*': 'read', 'read_text_*': 'write' }],
  ])('%s', (words, tools) => {
    expect(reading(tools)).toThrow(`upstreams.box.tools.${words}`)
  })

  it('a rule for a method behind "*" is read: it counts by its whole name', () => {
    expect(reading({ '*': 'write', 'resources/read': 'destructive' })).not.toThrow()
  })
})
