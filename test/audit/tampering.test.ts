/**
 * Ledgers that somebody changed: the operator with the database, the authority with all its keys. Each is caught, and
 * called by its name.
 */
import { digestOf } from '@countersign/verifier'
import { formatBundle, formatCheckpoint, openCheckpoint, parseBundle, signNote } from '@countersign/verifier/proof'
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import type { KeptCheckpoint } from '../../src/audit/log/history.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { createAuthenticator } from '../setup/authenticator.ts'
import { makeSigner } from '../setup/note-signer.ts'
import { newSigningKey } from '../verifier/world.ts'
import {
  addPasskey,
  consent,
  createWorld,
  enrol,
  ISSUER,
  LATER,
  nodeCrypto,
  type Served,
  sourceOf,
  type World,
} from './world.ts'

const run = (world: World, source: Served, kept: readonly KeptCheckpoint[] = []) =>
  audit({ source, key: world.logKey, kept, crypto: nodeCrypto, now: LATER })

const codesOf = (result: Awaited<ReturnType<typeof run>>) => Object.keys(result.counts).sort()

const keep = async (world: World, source: Served): Promise<KeptCheckpoint> => ({
  ...(await openCheckpoint(source.note, world.logKey)),
  note: source.note,
})

async function busy() {
  const world = await createWorld()
  for (const by of [[world.ada], [world.ben], [world.ada, world.ben]]) await world.request({ by })
  await world.request()
  return world
}

/** Changes the entries of a log without signing anew. */
async function inBundle(world: World, change: (entries: Uint8Array[]) => Uint8Array[]) {
  const source = await world.source()
  const [path = '', bundle = new Uint8Array()] =
    [...source.files].find(([name]) => name.startsWith('tile/entries')) ?? []
  source.files.set(path, formatBundle(change([...parseBundle(bundle)])))
  return source
}

const rewritten = (entry: Uint8Array, from: string, to: string) =>
  new TextEncoder().encode(new TextDecoder().decode(entry).replace(from, to))

describe('without the log’s key', () => {
  it.each<[string, (entries: Uint8Array[]) => Uint8Array[], string[]]>([
    [
      'an entry changed',
      (all) => all.with(2, rewritten(all[2] ?? new Uint8Array(), 'zoe', 'joe')),
      ['root_mismatch', 'tile_mismatch'],
    ],
    ['two entries changed places', (all) => swap(all, 20, 21), ['root_mismatch', 'tile_mismatch']],
    ['an entry removed', (all) => all.toSpliced(15, 1), ['log_incomplete']],
    ['an entry inserted', (all) => all.toSpliced(3, 0, all[3] ?? new Uint8Array()), ['log_incomplete']],
    [
      'an entry replaced by another',
      (all) => all.with(-1, all[2] ?? new Uint8Array()),
      ['root_mismatch', 'tile_mismatch'],
    ],
  ])('%s', async (_, change, codes) => {
    const world = await busy()
    const result = await run(world, await inBundle(world, change))
    expect(codesOf(result)).toEqual(expect.arrayContaining(codes))
    expect(result.rebuilt).toBe(false)
  })

  it('names the first hash of a tile that is wrong', async () => {
    const world = await busy()
    const source = await world.source()
    const path = [...source.files.keys()].find((name) => name.startsWith('tile/0/')) ?? ''
    source.files.get(path)?.fill(0, 5 * 32, 6 * 32)
    const { findings, rebuilt } = await run(world, source)
    expect(findings).toMatchObject([{ code: 'tile_mismatch', index: 5 }])
    expect(rebuilt).toBe(true)
  })

  it.each(['tile/entries/', 'tile/0/'])('%s is missing', async (kind) => {
    const world = await busy()
    const source = await world.source()
    for (const path of source.files.keys()) if (path.startsWith(kind)) source.files.delete(path)
    expect(codesOf(await run(world, source))).toContain('log_incomplete')
  })

  it('a bundle ends inside an entry', async () => {
    const world = await busy()
    const source = await world.source()
    for (const [path, bytes] of source.files)
      if (path.startsWith('tile/entries')) source.files.set(path, bytes.subarray(0, -1))
    expect(codesOf(await run(world, source))).toContain('log_incomplete')
  })

  it('a checkpoint by another key, under the same name', async () => {
    const world = await busy()
    const source = await sourceOf(world, world.entries, await makeSigner('approve.example/log'))
    const result = await run(world, source)
    expect(codesOf(result)).toEqual(['checkpoint_signature'])
    expect(result.checkpoint).toBeNull()
  })

  it('a checkpoint with another root', async () => {
    const world = await busy()
    const source = await world.source()
    const { origin, size } = await openCheckpoint(source.note, world.logKey)
    const text = formatCheckpoint({ origin, size, root: new Uint8Array(32) })
    source.note = `${text}\n${await signNote(text, world.log)}`
    expect(codesOf(await run(world, source))).toEqual(['root_mismatch'])
  })
})

describe('with the log’s key, against what was seen before', () => {
  it('a history rewritten and signed again is a fork, with both notes as evidence', async () => {
    const world = await busy()
    const before = await world.source()
    const kept = await keep(world, before)
    const other = world.entries.with(
      1,
      rewritten(world.entries[1] ?? new Uint8Array(), 'countersign-operator', 'somebody'),
    )
    await world.request()
    const now = await sourceOf(world, [...other, ...world.entries.slice(other.length)])
    const result = await run(world, now, [kept])
    expect(codesOf(result)).toEqual(['credential_unsealed', 'enrolment_signature', 'fork', 'registered_other'])
    expect(result.evidence).toEqual([{ code: 'fork', before: before.note, now: now.note }])
    expect(result.rebuilt).toBe(true)
  })

  it('two checkpoints of one size', async () => {
    const world = await busy()
    const kept = await keep(world, await world.source())
    const now = await sourceOf(world, swap(world.entries, 0, 1))
    expect(codesOf(await run(world, now, [kept]))).toContain('fork')
  })

  it('a log that got shorter', async () => {
    const world = await busy()
    const kept = await keep(world, await world.source())
    const result = await run(world, await sourceOf(world, world.entries.slice(0, -6)), [kept])
    expect(codesOf(result)).toContain('rewind')
    expect(result.evidence.map(({ code }) => code)).toEqual(['rewind'])
  })

  it('a log that only grew is neither', async () => {
    const world = await busy()
    const kept = [await keep(world, await world.source())]
    for (let more = 0; more < 3; more++) {
      await world.request({ by: [world.ben] })
      kept.push(await keep(world, await world.source()))
    }
    expect(codesOf(await run(world, await world.source(), kept))).toEqual([])
  })
})

describe('with every key of the authority', () => {
  it.each<[string, string[], (world: World) => Promise<unknown>]>([
    [
      'a consent taken from another request',
      ['consent_other_statement', 'consent_unlogged'],
      async (world) => {
        const given = await world.request({ by: [world.ada] })
        const stolen = given.claims.approval.consents
        await world.request({ by: [world.ada], tampered: (claims) => withConsents(claims, stolen) })
      },
    ],
    [
      'a consent written down a second time, for another request',
      ['consent_replayed'],
      async (world) => {
        const given = await world.request({ by: [world.ada] })
        const { members, id } = await world.request({ by: [world.ben], until: 'decided' })
        const [stolen] = given.claims.approval.consents
        world.write('consent.given', { ...members, approver: 'ada', consent: stolen }, traceOf(id))
      },
    ],
    [
      'a signature over another action',
      ['consent_other_statement'],
      async (world) => {
        const digest = 'sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' as const
        await world.request({
          by: [world.ada],
          tampered: (claims) => ({
            ...claims,
            authorization_details: [{ ...claims.authorization_details[0], digest }],
          }),
        })
      },
    ],
    [
      'a state that nobody consented to',
      ['consent_other_statement', 'token_mismatch'],
      async (world) => {
        const state = await digestOf('v2')
        await world.request({
          by: [world.ada],
          state: await digestOf('v1'),
          tampered: (claims) => ({ ...claims, authorization_details: [{ ...claims.authorization_details[0], state }] }),
        })
      },
    ],
    [
      'a state taken out of the token of a policy',
      ['token_mismatch'],
      async (world) =>
        world.request({
          state: await digestOf('v1'),
          tampered: ({ authorization_details: [{ state: _, ...details }], ...claims }) => ({
            ...claims,
            authorization_details: [details],
          }),
        }),
    ],
    [
      'a signature under which the deadline was moved',
      ['consent_other_statement'],
      (world) =>
        world.request({
          by: [world.ada],
          tampered: (claims) =>
            withConsents(
              claims,
              claims.approval.consents.map((one) => ({ ...one, expires: one.expires + 60 })),
            ),
        }),
    ],
    [
      'a signature of nobody',
      ['consent_signature'],
      (world) =>
        world.request({
          by: [world.ada],
          tampered: (claims) =>
            withConsents(
              claims,
              claims.approval.consents.map((one) => ({ ...one, signature: 'MEUCIQDAAAAA' })),
            ),
        }),
    ],
    [
      'one person who counts for two, with two passkeys',
      ['consent_duplicate', 'token_quorum'],
      (world) => world.request({ by: [world.ben, world.ben], with: [...world.ben.passkeys], quorum: 2 }),
    ],
    [
      'one passkey under two names',
      ['key_duplicate'],
      async (world) => {
        const twin = { id: 'eve', passkeys: world.ada.passkeys }
        const { id } = await world.request({ by: [world.ada], executor: ISSUER })
        await enrol(world, twin, { roles: ['approver'], request: id })
      },
    ],
    [
      'a passkey that was never enrolled',
      ['consent_key_unknown'],
      async (world) => {
        const own = await createAuthenticator({ rpId: 'approve.example', origin: ISSUER })
        await world.request({ by: [world.ada], with: [own] })
      },
    ],
    [
      'a passkey that the authority enrolled in somebody’s name',
      ['key_without_authority'],
      async (world) => {
        const own = await createAuthenticator({ rpId: 'approve.example', origin: ISSUER })
        await addPasskey(world, world.ada, own, { authorised_by: world.ben.passkeys[0]?.kid })
        await world.request({ by: [world.ada], with: [own] })
      },
    ],
    [
      'a person whom no admin consented to',
      ['change_without_approval'],
      async (world) => {
        const own = await createAuthenticator({ rpId: 'approve.example', origin: ISSUER })
        await enrol(world, { id: 'eve', passkeys: [own] }, { roles: ['approver'] })
      },
    ],
    [
      'a passkey that was revoked before',
      ['consent_key_revoked', 'token_quorum'],
      async (world) => {
        world.write('credential.revoked', { approver: 'ada', credential: 'x', key: world.ada.passkeys[0]?.kid })
        await world.request({ by: [world.ada] })
      },
    ],
    [
      'a passkey that was revoked between consent and token',
      ['token_quorum'],
      async (world) => {
        const { members, jti, id } = await world.request({ by: [world.ada], until: 'consented' })
        world.write('credential.revoked', { approver: 'ada', credential: 'x', key: world.ada.passkeys[0]?.kid })
        const claims = 'sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
        world.write('token.issued', { ...members, jti, quorum: 1, origin: 'human', claims }, traceOf(id))
      },
    ],
    [
      'an approver who was removed',
      ['consent_key_revoked'],
      async (world) => {
        world.write('approver.removed', { approver: 'ben' })
        await world.request({ by: [world.ben] })
      },
    ],
    [
      'a consent that the ledger does not hold',
      ['consent_unlogged'],
      async (world) => {
        const { claims } = await world.request({ by: [world.ada] })
        const another = await consent(world, claims, world.ben, world.ben.passkeys[0])
        await world.request({
          by: [world.ada],
          tampered: (own) => withConsents(own, [...own.approval.consents, another]),
        })
      },
    ],
    [
      'a consent given after the request was withdrawn',
      ['consent_after_end'],
      async (world) => {
        const { members, id, claims } = await world.request({ by: [world.ada], until: 'decided' })
        world.write('request.withdrawn', members, traceOf(id))
        const late = await consent(world, claims, world.ada, world.ada.passkeys[0])
        world.write('consent.given', { ...members, approver: 'ada', consent: late }, traceOf(id))
      },
    ],
    [
      'a token that the ledger does not know',
      ['token_unlogged'],
      async (world) => {
        await world.request({ by: [world.ada] })
        world.artifacts.push({ ...world.artifacts.at(-1), jti: 'AAAAAAAAAAAAAAAAAAAAAA' })
      },
    ],
    [
      'claims changed after the fact',
      ['token_claims', 'token_signature'],
      async (world) => {
        await world.request()
        const last = world.artifacts.pop()
        world.artifacts.push(JSON.parse(JSON.stringify(last).replace('"sub":"zoe"', '"sub":"joe"')))
      },
    ],
    [
      'claims without a canonical form',
      ['token_claims'],
      async (world) => {
        await world.request()
        const last = world.artifacts.pop()
        world.artifacts.push(JSON.parse(JSON.stringify(last).replace('"sub":"zoe"', '"sub":"\\ud800"')))
      },
    ],
    [
      'a token signed by a key that the ledger does not name',
      ['signing_key_unlogged'],
      async (world) => world.request({ signer: await newSigningKey() }),
    ],
    [
      'a token signed by another key, under the right name',
      ['token_signature'],
      async (world) => world.request({ signer: { ...(await newSigningKey()), kid: world.key.kid } }),
    ],
    [
      'a token whose text is withheld',
      ['token_not_served'],
      (world) => world.request({ by: [world.ada], serve: false }),
    ],
    [
      'a policy’s word in place of a person’s',
      ['token_without_allow'],
      (world) => world.request({ decision: 'approval', quorum: 1, claims: asPolicy }),
    ],
  ])('%s', async (_, codes, happen) => {
    const world = await createWorld()
    await happen(world)
    expect(codesOf(await run(world, await world.source()))).toEqual(expect.arrayContaining(codes))
  })

  it('a text that is no JSON', async () => {
    const world = await busy()
    const source = await world.source()
    const { lines } = await source.artifacts(null)
    const cut = lines.map((line) => line.slice(0, -1))
    const result = await run(world, { ...source, artifacts: async () => ({ lines: cut, next: null }) })
    expect(result.counts).toEqual({ token_claims: lines.length })
  })
})

type Claims = Awaited<ReturnType<World['request']>>['claims']

const withConsents = (claims: Claims, consents: Claims['approval']['consents']): Claims => ({
  ...claims,
  approval: { ...claims.approval, consents },
})

const asPolicy = (claims: Claims): Claims => ({
  ...claims,
  approval: { ...claims.approval, origin: 'policy', quorum: 0 },
})

function swap<T>(all: readonly T[], a: number, b: number): T[] {
  const [first, second] = [all[a], all[b]]
  if (first === undefined || second === undefined) throw new TypeError('there is nothing to swap')
  return all.with(a, second).with(b, first)
}
