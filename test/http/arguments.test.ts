/** Arguments against the schema that their executor published, at both doors; and schemas that are not taken. */
import { type ChallengeKey, createChallenge, type JsonObject, newSalt, parseJson } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { type Cast, startCast } from './cast.ts'

const MAIL = 'https://files.example'

const SCHEMA = {
  type: 'object',
  properties: {
    to: { type: 'array', items: { type: 'string', format: 'email' }, minItems: 1 },
    text: { type: 'string', maxLength: 20 },
    folder: { type: 'string' },
  },
  required: ['to', 'text'],
  additionalProperties: false,
}

let cast: Cast
let challengeKey: ChallengeKey

const plain = (value: unknown) => parseJson(JSON.stringify(value)) as JsonObject

beforeAll(async () => {
  cast = await startCast()
  const key = await generateSigningKey('ES256')
  challengeKey = key as ChallengeKey
  const { d: _private, ext: _ext, key_ops: _ops, ...publicKey } = key
  const catalogue = [
    { name: 'mail.send', effect: 'write', schema: SCHEMA, phrase: 'Send {text} to {to}[ in {folder}]' },
  ]
  await administer(cast.authority, cast.ada, {
    name: 'countersign.executor.add',
    resource: `executor:${MAIL}`,
    arguments: plain({ audience: MAIL, title: 'Mail', catalogue, challenge_keys: [publicKey] }),
  })
})
afterAll(() => cast.authority.stop())

const actionOf = (args: JsonObject) => ({ name: 'mail.send', resource: 'mail', arguments: args, salt: newSalt() })

const asked = (args: JsonObject) => cast.agent.propose({ body: { audience: MAIL, action: actionOf(args) } })

async function relayed(args: JsonObject) {
  const signer = { key: challengeKey, audience: MAIL, issuer: cast.authority.config.origin, now: cast.authority.now() }
  const challenge = await createChallenge(signer, { action: actionOf(args), reason: 'Mail leaves' })
  return cast.agent.call('transaction', { form: { transaction_challenge: challenge } })
}

const inbox = async () => mustSucceed(await cast.ben.page.call('inbox')).requests.map(({ name }) => name)

type Refused = { readonly ok: boolean; readonly problem?: { readonly code: string; readonly detail: string } }

function detailOf({ problem }: Refused): string {
  if (problem?.code !== 'invalid_request') throw new Error(`Refused otherwise: ${JSON.stringify(problem)}`)
  return problem.detail
}

describe('arguments that do not fit', () => {
  it.each<[string, JsonObject, RegExp]>([
    ['one too few', { to: ['ada@example.com'] }, /arguments\/text has to be given/],
    [
      'one too many',
      { to: ['ada@example.com'], text: 'x', bcc: 'eve@example.com' },
      /arguments\/bcc has to be left out/,
    ],
    ['a wrong item', { to: ['ada@example.com', 'eve'], text: 'x' }, /arguments\/to\/1 has to be an e-mail address/],
    ['a long text', { to: ['ada@example.com'], text: 'x'.repeat(21) }, /a text of at most 20 characters/],
    [
      'a name of objects',
      { to: ['ada@example.com'], text: 'x', constructor: 1 },
      /arguments\/constructor has to be left out/,
    ],
  ])('%s, are refused at both doors before anybody sees them', async (_, args, words) => {
    const before = await inbox()
    const atOwn = detailOf(await asked(args))
    expect(atOwn).toMatch(words)
    expect(atOwn).toMatch(/ask again; nobody was asked\. Trace [0-9a-f]{32}/)
    expect(detailOf(await relayed(args))).toMatch(words)
    expect(await inbox()).toEqual(before)
  })

  it('are a fact of the ledger, counted while they repeat', async () => {
    const refused = await asked({})
    const trace = /Trace ([0-9a-f]{32})/.exec(detailOf(refused))?.[1] ?? ''
    await asked({})
    cast.authority.advance(61)
    await cast.authority.services.sweep()
    const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace } }))
    expect(entries.at(0)).toMatchObject({ type: 'token.refused', code: 'invalid_request', name: 'mail.send' })
    expect(Number(entries.at(-1)?.['count'])).toBeGreaterThan(0)
  })

  it('leave those that fit as they are, phrased without what is not given', async () => {
    const opened = mustSucceed(await asked({ to: ['ada@example.com', 'ben@example.com'], text: 'Hi' }))
    expect(opened.state).toBe('pending')
    const { requests } = mustSucceed(await cast.ben.page.call('listRequests'))
    expect(requests.find(({ id }) => id === opened.id)?.summary).toBe('Send Hi to ada@example.com and ben@example.com')
  })
})

describe('a catalogue that is not taken', () => {
  const published = (entries: readonly object[]) => {
    const action = {
      name: 'countersign.executor.update',
      resource: `executor:${MAIL}`,
      arguments: plain({ audience: MAIL, version: 1, catalogue: entries }),
      salt: newSalt(),
    }
    return cast.authority.operator.call('openRequest', { body: { audience: cast.authority.config.origin, action } })
  }
  const entry = (more: object) => ({ name: 'mail.send', effect: 'write', ...more })

  it.each<[string, readonly object[], string]>([
    [
      'a hostile pattern',
      [entry({ schema: { properties: { a: { pattern: '(a)\\1' } } } })],
      '/catalogue/0/schema/properties/a/pattern: this engine (RE2)',
    ],
    [
      'a misspelt keyword',
      [entry({ schema: { requird: [] } })],
      '/catalogue/0/schema/requird: this keyword is not checked',
    ],
    [
      'a reference to elsewhere',
      [entry({ schema: { $ref: 'http://169.254.169.254/' } })],
      '/catalogue/0/schema/$ref: a reference leads',
    ],
    ['a name that stands twice', [entry({}), entry({})], '/catalogue/1/name: an action of this name stands before it'],
    ['a phrase that turns text around', [entry({ phrase: 'Pay \u202e{a}' })], '/catalogue/0/phrase: a phrase has no'],
    ['a phrase with brackets in brackets', [entry({ phrase: 'Pay [a [b]]' })], '/catalogue/0/phrase: braces hold'],
    [
      'a phrase about what cannot be',
      [entry({ phrase: 'Pay {a}', schema: { properties: { b: true }, additionalProperties: false } })],
      '/catalogue/0/phrase: the schema has no argument a',
    ],
    ['a wrong effect', [entry({ effect: 'nothing' })], '/catalogue/0/effect: '],
    [
      'patterns without end',
      Array.from({ length: 60 }, (_, at) => ({
        ...entry({ schema: { properties: { a: { pattern: 'a{200}' } } } }),
        name: `m${at}`,
      })),
      'catalogue: the patterns of all schemas are too large in sum',
    ],
  ])('has %s', async (_, entries, words) => {
    expect(detailOf(await published(entries))).toContain(words)
  })
})
