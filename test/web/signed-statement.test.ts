/** What the browser checks before it asks the passkey: that it would sign exactly the statements on the page. */
import {
  base64urlEncode,
  batchChallenge,
  type ConsentStatement,
  consentChallenge,
  statementDigest,
} from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { differences } from '../../src/web/approve/signed-statement.ts'
import vectors from '../vectors/consent.json' with { type: 'json' }

const [first] = vectors.statements as unknown as { statement: ConsentStatement }[]
if (!first) throw new Error('a statement is needed')
const statement = first.statement
const other: ConsentStatement = { ...statement, request: 'A'.repeat(22), nonce: 'B'.repeat(43) }
const shownOf = ({ nonce: _, ...shown }: ConsentStatement) => shown
const single = async (one: ConsentStatement) => base64urlEncode(await consentChallenge(one))
const batch = async (all: ConsentStatement[]) =>
  base64urlEncode(await batchChallenge(await Promise.all(all.map(statementDigest))))

describe('one statement', () => {
  it('is the one that is shown, and its digest the challenge', async () => {
    const offer = { challenge: await single(statement), isBatch: false }
    expect(await differences([statement], [shownOf(statement)], offer)).toEqual([])
  })

  it.each(Object.keys(shownOf(statement)))('differs in %s, and it is said', async (member) => {
    const value = Reflect.get(statement, member)
    const changed = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : 'another'
    const signed = { ...statement, [member]: changed }
    const offer = { challenge: await single(signed), isBatch: false }
    expect(await differences([signed], [shownOf(statement)], offer)).toHaveLength(1)
    expect(await differences([statement], [{ ...shownOf(statement), [member]: changed }], offer)).toHaveLength(1)
  })

  it('has a member that is not shown, or lacks one that is', async () => {
    const more = { ...statement, amount: 5 }
    expect(await differences([more], [shownOf(statement)], { challenge: await single(more), isBatch: false })).toEqual([
      'a member not shown here',
    ])
    const { quorum: _, ...less } = statement
    const fewer = less as ConsentStatement
    const offer = { challenge: await single(fewer), isBatch: false }
    expect(await differences([fewer], [shownOf(statement)], offer)).toEqual(['how many people have to consent'])
  })

  it('is shown while the challenge is of another one', async () => {
    for (const challenge of [await single(other), await batch([statement, other]), '', 'A'.repeat(43)])
      expect(await differences([statement], [shownOf(statement)], { challenge, isBatch: false })).toEqual([
        expect.stringContaining('challenge'),
      ])
  })

  it('has a nonce that is random, or it is not signed', async () => {
    const weak = { ...statement, nonce: '' }
    const offer = { challenge: await single(weak), isBatch: false }
    expect(await differences([weak], [shownOf(weak)], offer)).toEqual(['the nonce'])
  })
})

describe('several statements', () => {
  const both = [statement, other]
  const shown = both.map(shownOf)

  it('are those that are shown, in their order, and no more', async () => {
    const signed = async (all: ConsentStatement[]) =>
      differences(all, shown, { challenge: await batch(all), isBatch: true })
    expect(await signed(both)).toEqual([])
    expect(await signed([other, statement])).toEqual(['the request'])
    expect(await signed([...both, other])).toEqual(['the number of requests'])
    expect(await signed([statement])).toEqual(['the number of requests'])
  })

  it('are shown while the challenge is of others', async () => {
    const hidden = { ...other, action: `sha-256:${'A'.repeat(43)}` } as const
    for (const challenge of [
      await batch([statement, hidden]),
      await batch([...both, hidden]),
      await batch([other, statement]),
      await single(statement),
    ])
      expect(await differences(both, shown, { challenge, isBatch: true })).toEqual([
        expect.stringContaining('challenge'),
      ])
  })
})
