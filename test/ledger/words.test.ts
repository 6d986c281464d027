/** Words of an action: how text is split, what of a request is found by them, and that erasing takes them away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { UNIT } from '../../src/domain/ledger/block-places.ts'
import { wordsIn, wordsOfPayload } from '../../src/domain/ledger/words.ts'
import { atOnce } from '../../src/domain/turns.ts'
import { type Cast, credentialFor, startCast } from '../http/cast.ts'
import { administer, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { settle, writeEntries } from './ground.ts'

describe('text', () => {
  it.each([
    ['Restart the Router', ['restart', 'the', 'router']],
    ['forum:eng/threads/42', ['forum', 'eng', 'threads', '42']],
    ['ÄRGER Straße café', ['ärger', 'straße', 'café']],
    ['ﬁne', ['fine']],
    ['one one ONE', ['one']],
    ["it's; DROP-TABLE \\ 'x':* & !", ['it', 's', 'drop', 'table', 'x']],
    ['', []],
    ['… — !', []],
  ])('%j is split into %j', (text, words) => {
    expect(wordsIn(text)).toEqual(words)
  })

  it('of one word without end is cut, and found again by the same cut', () => {
    expect(wordsIn('𝔘'.repeat(5000)).map((word) => [...word].length)).toEqual([64])
  })

  it('of a payload counts by its values, without names of members and salts', () => {
    const salt = 'AAAAAAAAAAAAAAAAAAAAAA'
    const content = {
      name: 'forum.post',
      salt,
      arguments: { board: ['eng', { deep: 'End' }], salt: 'pepper', thread: 7 },
    }
    const text = JSON.stringify({ salt: 'BBBBBBBBBBBBBBBBBBBBBB', content: { ...content, resource: 'forum:eng' } })
    const words = (kind: 'action' | 'preview' | 'reason', sensitive: boolean) =>
      atOnce(wordsOfPayload({ kind, sensitive, content: text }))
    expect(words('action', false)).toEqual(['forum', 'post', 'eng', 'end', 'pepper', '7'])
    // What is masked must not be found by guessing it.
    expect(words('action', true)).toEqual(['forum', 'post', 'eng'])
    for (const kind of ['preview', 'reason'] as const) expect(words(kind, true)).toEqual([])
  })

  it('of a payload is read in pieces of its normal form, which is longer than the text', () => {
    const content = JSON.stringify({ salt: 'x', content: { text: '\ufdfa'.repeat(20_000) } })
    const pieces = [...wordsOfPayload({ kind: 'action', sensitive: false, content })]
    expect(pieces.length).toBeGreaterThan(80)
    expect(Math.max(...pieces.slice(1))).toBeLessThan(4_200)
  })
})

describe.each(['postgres', 'pglite'] as const)('entries on %s', (database) => {
  let cast: Cast
  let auditor: Client
  let router: { readonly id: string; readonly trace: string }
  let printer: { readonly id: string; readonly trace: string }

  beforeAll(async () => {
    cast = await startCast({ database })
    auditor = cast.authority.client(await credentialFor(cast.authority, cast.ada, 'auditor', 'revision'))
    router = await propose('Restart the router in Zürich', 'The user asked twice')
    printer = await propose('Restart the printer\u0000 now', "O'Neill said so")
    mustSucceed(await cast.ben.page.call('deny', { params: { id: printer.id }, body: {} }))
    // So many that the entries before are in the index.
    await writeEntries(cast.authority.store, UNIT)
    await grow()
  })
  afterAll(() => cast.authority.stop())

  const grow = () => settle(cast.authority.services.ledger, cast.authority.store)

  async function propose(text: string, reason: string) {
    const preview = { changes: [{ label: 'Post', before: null, after: `Preview of ${text}` }] }
    const body = { audience: FORUM, action: postAction(text), preview, reason }
    return mustSucceed(await cast.agent.propose({ body }))
  }
  async function find(words: string, more: Readonly<Record<string, string>> = {}) {
    const query = { ...(words === '' ? {} : { words }), ...more }
    const { entries } = mustSucceed(await auditor.call('listEntries', { query }))
    return entries.map(({ entry }) => `${entry['trace'] === router.trace ? 'router' : 'printer'} ${entry['type']}`)
  }
  /** Whether a row of the index has the word. */
  const isIndexed = async (word: string) => {
    const text = `SELECT FROM facts WHERE fact = convert_to('~${word}', 'UTF8')`
    return (await cast.authority.database.run({ text, parameters: [] })).length > 0
  }
  const ROUTER = ['router request.decided', 'router request.created']
  const PRINTER = ['printer consent.denied', 'printer request.decided', 'printer request.created']

  it.each([
    ['router', ROUTER],
    ['ROUT', ROUTER],
    ['zürich', ROUTER],
    ['twice', ROUTER],
    ['restart user', ROUTER],
    ['preview printer', PRINTER],
    ["o'neill", PRINTER],
    ['restart', [...PRINTER, ...ROUTER]],
    ['router printer', []],
    ['outer', []],
    ["x'::tsquery", []],
  ])('whose text has %j are found', async (words, expected) => {
    expect(await find(words)).toEqual(expected)
  })

  it('are sifted by everything else, in either order, a page at a time', async () => {
    expect(await find('restart', { type: 'request.created', order: 'oldest' })).toEqual([ROUTER[1], PRINTER[2]])
    expect(await find('restart', { trace: router.trace })).toEqual(ROUTER)
    expect(await find('restart', { approver: cast.ben.id })).toEqual([PRINTER[0]])
    expect(await find('restart', { text: printer.id })).toEqual(PRINTER)
    expect(await find('restart', { agent: 'other-agent' })).toEqual([])
    expect(await find('restart', { to: '1' })).toEqual([])
    const first = mustSucceed(await auditor.call('listEntries', { query: { words: 'restart', limit: '2' } }))
    expect(first.entries).toHaveLength(2)
    expect(await find('restart', { limit: '2', after: String(first.next) })).toEqual([PRINTER[2], ROUTER[0]])
  })

  it('are not looked for without a letter or digit', async () => {
    const answer = await auditor.call('listEntries', { query: { words: '!!!' } })
    expect(answer).toMatchObject({ ok: false, status: 400, problem: { code: 'invalid_request' } })
  })

  it('are found no more once the text is erased, and all others still are', async () => {
    await administer(cast.authority, cast.ada, {
      name: 'countersign.payload.erase',
      resource: `payloads:request:${printer.id}`,
      arguments: { rule: 'request', request: printer.id },
    })
    expect(await isIndexed('printer')).toBe(true)
    const resource = String(postAction('').resource)
    const ofPrinter = { resource, trace: printer.trace }
    expect(await find('', ofPrinter)).toEqual(PRINTER)
    await cast.authority.services.sweep()
    expect(await isIndexed('printer')).toBe(false)
    expect(await isIndexed('router')).toBe(true)
    expect(await find('', ofPrinter)).toEqual([])
    expect(await find('printer')).toEqual([])
    await grow()
    expect(await find('printer')).toEqual([])
    expect(await find('router')).toEqual(ROUTER)
  })
})
