/** Grants that somebody stretched: the audit finds more calls, a later end, other bounds, and an end that was undone. */
import { type ApprovalClaims, type Digest, digestOf } from '@countersign/verifier'
import { seriesDigest } from '@countersign/verifier/authority'
import { expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { createWorld, EXECUTOR, LATER, nodeCrypto, type Order, type Requested, type World } from './world.ts'

const JKT = 'A'.repeat(43)
const CONSTRAINTS = { path: { prefix: 'src/' } }
const SALT = 'A'.repeat(22)
const USES = 2

const series = (): Promise<Digest> => {
  const shared = { name: 'forum.post', resource: 'forum:eng/42', arguments: {}, salt: SALT }
  return seriesDigest(shared, CONSTRAINTS, { audience: EXECUTOR, jkt: JKT })
}

interface Grant extends Requested {
  readonly digest: Digest
}

/** A grant to which Ada consented. */
async function grantIn(world: World): Promise<Grant> {
  const digest = await series()
  const claims = (drafted: ApprovalClaims) => withDetails(drafted, { digest, uses: USES })
  const given = await world.request({
    by: [world.ada],
    uses: USES,
    claims,
    created: { series: true },
    until: 'consented',
  })
  return { ...given, digest }
}

type Details = ApprovalClaims['authorization_details'][0]
const withDetails = (claims: ApprovalClaims, more: Partial<Details>): ApprovalClaims => ({
  ...claims,
  authorization_details: [{ ...claims.authorization_details[0], ...more }],
})

/** One call under it, with a token that says these bounds. */
function callUnder(world: World, grant: Grant, bounds: Partial<NonNullable<Details['bounds']>> = {}, more: Order = {}) {
  const said = { grant: grant.id, digest: grant.digest, salt: SALT, uses: USES, arguments: CONSTRAINTS, ...bounds }
  return world.request({
    decision: 'approval',
    quorum: 1,
    decided: { grant: grant.id },
    claims: (claims) => ({
      ...withDetails(claims, { bounds: said }),
      cnf: { jkt: JKT },
      approval: { ...claims.approval, origin: 'human', quorum: 1 },
    }),
    tampered: (claims) => ({ ...claims, approval: { ...claims.approval, consents: grant.claims.approval.consents } }),
    ...more,
  })
}

async function findingsIn(world: World) {
  const { counts } = await audit({
    source: await world.source(),
    key: world.logKey,
    kept: [],
    crypto: nodeCrypto,
    now: LATER,
  })
  return Object.keys(counts).sort()
}

it('nothing is found where its calls keep to it', async () => {
  const world = await createWorld()
  const grant = await grantIn(world)
  for (let call = 0; call < USES; call++) await callUnder(world, grant)
  expect(await findingsIn(world)).toEqual([])
})

it('more calls than people consented to', async () => {
  const world = await createWorld()
  const grant = await grantIn(world)
  for (let call = 0; call <= USES; call++) await callUnder(world, grant)
  expect(await findingsIn(world)).toEqual(['redemption_beyond_uses'])
})

it.each<[string, Partial<NonNullable<Details['bounds']>>, string[]]>([
  ['more calls in a token', { uses: 50 }, ['consent_other_statement', 'token_mismatch']],
  ['wider bounds in a token', { arguments: { path: { prefix: '/' } } }, ['token_mismatch']],
  ['another salt in a token', { salt: 'Q'.repeat(22) }, ['token_mismatch']],
])('%s', async (_, bounds, codes) => {
  const world = await createWorld()
  const grant = await grantIn(world)
  await callUnder(world, grant)
  await callUnder(world, grant, bounds)
  expect(await findingsIn(world)).toEqual(codes)
})

it('the digest of another series', async () => {
  const world = await createWorld()
  const grant = await grantIn(world)
  await callUnder(world, grant, { digest: await digestOf('another series') })
  expect(await findingsIn(world)).toEqual(['consent_other_statement', 'token_mismatch'])
})

it('a series that the ledger opened under another digest than people signed', async () => {
  const world = await createWorld()
  const digest = await series()
  const other = await digestOf('another series')
  const claims = (drafted: ApprovalClaims) => withDetails(drafted, { digest, uses: USES })
  const created = { series: true, action: other }
  const given = await world.request({ by: [world.ada], uses: USES, claims, created, until: 'consented' })
  await callUnder(world, { ...given, digest })
  expect(await findingsIn(world)).toEqual(['token_mismatch'])
})

it('a later end than people signed', async () => {
  const world = await createWorld()
  const grant = await grantIn(world)
  world.now += 1000
  await callUnder(world, grant)
  expect(await findingsIn(world)).toEqual(['consent_expired'])
})

it('an end that was undone: a call after it', async () => {
  const world = await createWorld()
  const grant = await grantIn(world)
  world.write('request.withdrawn', { ...grant.members, approver: world.ada.id }, traceOf(grant.id))
  await callUnder(world, grant)
  expect(await findingsIn(world)).toEqual(['redemption_after_end', 'token_after_end'])
})

it('a grant of another agent’s', async () => {
  const world = await createWorld()
  const grant = await grantIn(world)
  await callUnder(world, grant, {}, { name: 'forum.delete' })
  expect(await findingsIn(world)).toContain('grant_missing')
})
