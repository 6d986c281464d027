/**
 * The people whom a decision asks, as an auditor counts them: of the groups at that time, one place each, in their order,
 * and deputies only for those who were away.
 */

import { base64urlEncode } from '@countersign/verifier'
import { beforeEach, describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { absenceChallenge } from '../../src/domain/identity/absence.ts'
import { createWorld, ISSUER, LATER, nodeCrypto, type Order, type Person, type World } from './world.ts'

let world: World
let cleo: Person
beforeEach(async () => {
  world = await createWorld()
  cleo = { ...world.ben, id: 'cleo' }
})

async function codes(): Promise<string[]> {
  const source = await world.source()
  const result = await audit({ source, key: world.logKey, kept: [], crypto: nodeCrypto, now: LATER })
  return Object.keys(result.counts).sort()
}

async function group(type: 'added' | 'changed', name: string, ...people: Pick<Person, 'id'>[]) {
  const { id } = await world.request({
    by: [world.ada],
    executor: ISSUER,
    name: `countersign.group.${type === 'added' ? 'add' : 'update'}`,
  })
  world.write(`group.${type}`, { group: name, version: 1, members: people.map((person) => person.id), request: id })
}

const needs = (...groups: string[]): Pick<Order, 'approvers' | 'quorum'> => ({
  approvers: groups.map((one) => ({ groups: [one], count: 1 })),
  quorum: groups.length,
})

describe('an audit of groups', () => {
  it('takes members at that time, each for one place, and roles as groups', async () => {
    await group('added', 'finance', world.ada, world.ben)
    await world.request({ by: [world.ben], ...needs('finance') })
    await world.request({ by: [world.ada, world.ben], ...needs('admin', 'approver') })
    await world.request({ by: [world.ben, world.ada], ...needs('finance', 'admin'), ordered: true })
    expect(await codes()).toEqual([])
  })

  it('names a member who was in none of them', async () => {
    await group('added', 'finance', world.ada)
    await world.request({ by: [world.ben], ...needs('finance') })
    expect(await codes()).toEqual(['consent_outside_group', 'token_quorum'])
  })

  it('names a member who had left, but for the minute in which entries may change places', async () => {
    await group('added', 'finance', world.ada, world.ben)
    await group('changed', 'finance', world.ada)
    await world.request({ by: [world.ben], ...needs('finance') })
    expect(await codes()).toEqual([])
    world.now += 61
    await world.request({ by: [world.ben], ...needs('finance') })
    expect(await codes()).toEqual(['consent_outside_group', 'token_quorum'])
  })

  it('names a member who left between the consent and the token', async () => {
    await group('added', 'finance', world.ada, world.ben)
    const slow = await world.request({ by: [world.ben], ...needs('finance'), until: 'consented' })
    await group('changed', 'finance', world.ada)
    world.now += 61
    world.write('token.issued', { ...slow.members, jti: slow.jti, quorum: 1, origin: 'human', claims: 'x' })
    expect(await codes()).toContain('token_quorum')
  })

  it('names one human for two places', async () => {
    await group('added', 'finance', world.ben)
    await group('added', 'legal', world.ben)
    await world.request({ by: [world.ben], ...needs('finance', 'legal'), quorum: 2 })
    expect(await codes()).toEqual(['token_quorum'])
  })

  it('names the second of a group that needs one', async () => {
    await group('added', 'finance', world.ada, world.ben)
    await group('added', 'legal', cleo)
    await world.request({ by: [world.ada, world.ben], ...needs('finance', 'legal') })
    expect(await codes()).toEqual(['consent_of_no_use', 'token_quorum'])
  })

  it('names a consent out of turn', async () => {
    await group('added', 'finance', world.ada)
    await group('added', 'legal', world.ben)
    await world.request({ by: [world.ben, world.ada], ...needs('finance', 'legal'), ordered: true })
    expect(await codes()).toEqual(['consent_of_no_use', 'token_quorum'])
  })
})

describe('an audit of absences', () => {
  interface Stated {
    readonly deputy?: string
    readonly by?: Person
    readonly signedFor?: string
    readonly until?: number
  }

  async function away(person: Person, { deputy = world.ben.id, by = person, signedFor = deputy, until }: Stated = {}) {
    const nonce = base64urlEncode(crypto.getRandomValues(new Uint8Array(32)))
    const absence = base64urlEncode(crypto.getRandomValues(new Uint8Array(16)))
    const time = { from: world.now, until: until ?? world.now + 3_600 }
    const statement = { typ: 'countersign/absence/v1', iss: ISSUER, absence, approver: person.id, ...time } as const
    const [key] = by.passkeys
    if (!key) throw new TypeError('no passkey')
    const challenge = await absenceChallenge({ ...statement, deputy: signedFor, nonce })
    const { response } = await key.assert({ challenge: base64urlEncode(challenge) })
    const signed = {
      nonce,
      key: key.kid,
      authenticator_data: response.authenticatorData,
      client_data_json: response.clientDataJSON,
      signature: response.signature,
    }
    world.write('absence.stated', { absence, approver: person.id, deputy, ...time, signed })
    return absence
  }

  const forAda = (more: Order = {}) =>
    world.request({ by: [world.ben], onBehalfOf: [world.ada.id], ...needs('finance'), ...more })

  beforeEach(async () => {
    await group('added', 'finance', world.ada)
  })

  it('takes a deputy for a person who was away', async () => {
    await away(world.ada)
    await forAda()
    expect(await codes()).toEqual([])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['before', async () => {}],
    ['for another deputy', () => away(world.ada, { deputy: 'cleo' })],
    ['that is over', () => away(world.ada, { until: world.now - 1 })],
    [
      'that was ended',
      async () => {
        const absence = await away(world.ada)
        world.write('absence.ended', { absence, approver: world.ada.id, deputy: world.ben.id })
        world.now += 61
      },
    ],
  ])('names a consent without an absence, or with one %s', async (_, state) => {
    await state()
    await forAda()
    expect(await codes()).toEqual(['consent_delegation', 'token_quorum'])
  })

  it('names a deputy of the principal', async () => {
    await away(world.ada)
    await forAda({ claims: (claims) => ({ ...claims, sub: world.ada.id }) })
    expect(await codes()).toEqual(['consent_delegation', 'token_quorum'])
  })

  it('names a deputy who answers as an admin', async () => {
    await away(world.ada)
    await forAda(needs('admin'))
    expect(await codes()).toEqual(['consent_outside_group', 'token_quorum'])
  })

  it('counts the place of one person once, whoever takes it', async () => {
    await away(world.ada)
    const both = { by: [world.ben, world.ada], onBehalfOf: [world.ada.id, undefined] }
    await world.request({ ...both, approvers: [{ groups: ['finance'], count: 2 }], quorum: 2 })
    expect(await codes()).toEqual(['consent_of_no_use', 'token_quorum'])
  })

  it.each<[string, Stated]>([
    ['of somebody else', {}],
    ['over another deputy', { signedFor: 'eve' }],
  ])('names an absence with the signature %s', async (_, how) => {
    await away(world.ada, how.signedFor === undefined ? { by: world.ben } : how)
    expect(await codes()).toEqual(['absence_signature'])
  })

  it('names one that stands there twice', async () => {
    await away(world.ada)
    const last = JSON.parse(new TextDecoder().decode(world.entries.at(-1)))
    const { v: _, type, at: __, trace, ...members } = last
    world.write(type, members, trace)
    expect(await codes()).toEqual(['absence_duplicate'])
  })
})
