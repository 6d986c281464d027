/** An audit of how people came in: each passkey signed its enrolment, and the first admin all that was registered. */
import { canonicalize, type JsonObject } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { createAuthenticator } from '../setup/authenticator.ts'
import { addPasskey, createWorld, EXECUTOR, enrol, ISSUER, LATER, nodeCrypto, type World } from './world.ts'

async function findingsOf(world: World) {
  const { findings } = await audit({
    source: await world.source(),
    key: world.logKey,
    kept: [],
    crypto: nodeCrypto,
    now: LATER,
  })
  return findings
}

const codes = async (world: World) => [...new Set((await findingsOf(world)).map(({ code }) => code))].sort()

const device = () => createAuthenticator({ rpId: 'approve.example', origin: ISSUER })
const written = (world: World, at: number) => JSON.parse(new TextDecoder().decode(world.entries[at]))
const rewrite = (world: World, at: number, members: object) => {
  const text = canonicalize(JSON.parse(JSON.stringify({ ...written(world, at), ...members })))
  world.entries[at] = new TextEncoder().encode(text)
}
const indexOf = (world: World, type: string) => world.entries.findIndex((_, at) => written(world, at).type === type)

it('finds nothing where everybody signed what they were shown', async () => {
  expect(await codes(await createWorld())).toEqual([])
})

it.each<[string, (world: World) => void]>([
  [
    'an agent slipped in',
    (world) => void insert(world, 'agent.added', { agent: 'late', principals: ['x'], run_by: null }),
  ],
  ['an executor slipped in', (world) => void insert(world, 'executor.added', { executor: 'https://late.example' })],
  ['an operator slipped in', (world) => void insert(world, 'credential.added', { kind: 'operator', subject: 'late' })],
  ['an auditor slipped in', (world) => void insert(world, 'credential.added', { kind: 'auditor', subject: 'late' })],
  [
    'a kill switch slipped in',
    (world) => void insert(world, 'killswitch.engaged', { killswitch: 'late', selector: {} }),
  ],
  ['the catalogue was another', (world) => rewrite(world, indexOf(world, 'executor.added'), { row: 'sha-256:other' })],
  ['the principals were others', (world) => rewrite(world, indexOf(world, 'agent.added'), { principals: ['eve'] })],
  ['nothing was signed for', (world) => rewrite(world, indexOf(world, 'approver.enrolled'), { registered: null })],
])('reports a first admin for whom %s', async (_, change) => {
  const world = await createWorld()
  change(world)
  expect(await codes(world)).toContain('registered_other')
})

/** Before the first admin, and after what that admin was shown. */
function insert(world: World, type: string, members: object): void {
  world.write(type, { credential: 'late', expires: 1, bootstrap: true, ...members })
  const last = world.entries.pop()
  if (last) world.entries.splice(indexOf(world, 'approver.enrolled'), 0, last)
}

it('takes a narrowed catalogue and a revoked agent as the entries say', async () => {
  const world = await createWorld()
  world.write('executor.removed', { executor: EXECUTOR, name: 'forum.post', row: 'sha-256:narrower' })
  world.write('agent.removed', { agent: 'some-agent' })
  expect(await codes(world)).toEqual([])
})

/** Another key, and its own signature, beside the signature by which Ben authorised his. */
async function putAnother(world: World, taken: readonly string[]) {
  const authorised_by = world.ben.passkeys[0]?.kid
  await addPasskey(world, world.ben, await device(), { authorised_by })
  const authorised = world.entries.pop()
  const kept: JsonObject = JSON.parse(new TextDecoder().decode(authorised))
  await addPasskey(world, world.ben, await device(), { authorised_by })
  rewrite(world, world.entries.length - 1, Object.fromEntries(taken.map((name) => [name, kept[name]])))
}

it.each([
  ['of another key', ['authorisation']],
  ['of another key under its name', ['authorisation', 'credential']],
])('reports a further passkey beside the authorisation %s', async (_, taken) => {
  const world = await createWorld()
  await putAnother(world, taken)
  expect(await findingsOf(world)).toMatchObject([
    { code: 'enrolment_signature', detail: 'the signature of the existing passkey is not about it' },
  ])
})

it('reports a further passkey that no existing one signed for', async () => {
  const world = await createWorld()
  await addPasskey(world, world.ben, await device(), { authorised_by: world.ben.passkeys[0]?.kid })
  rewrite(world, world.entries.length - 1, { authorisation: undefined })
  expect(await codes(world)).toEqual(['enrolment_signature'])
})

it.each<[string, (world: World) => Promise<unknown>]>([
  [
    'with other roles',
    async (world) => {
      const signed = { roles: ['auditor'] }
      return addPasskey(world, world.ben, await device(), { authorised_by: world.ben.passkeys[0]?.kid }, signed)
    },
  ],
  [
    'for somebody else',
    async (world) => {
      const signed = { approver: 'ada' }
      return addPasskey(world, world.ben, await device(), { authorised_by: world.ben.passkeys[0]?.kid }, signed)
    },
  ],
  [
    'not at all',
    async (world) => {
      await addPasskey(world, world.ben, await device(), { authorised_by: world.ben.passkeys[0]?.kid })
      rewrite(world, world.entries.length - 1, { enrolment: undefined })
    },
  ],
  [
    'with another key',
    async (world) => {
      const other = await device()
      await addPasskey(world, world.ben, await device(), { authorised_by: world.ben.passkeys[0]?.kid })
      rewrite(world, world.entries.length - 1, { public_key: other.approverKey })
    },
  ],
])('reports a passkey that signed its enrolment %s', async (_, change) => {
  const world = await createWorld()
  await change(world)
  expect(await codes(world)).toEqual(['enrolment_signature'])
})

it('reports a first admin who signed for less than the entry says', async () => {
  const world = await createWorld()
  const at = indexOf(world, 'approver.enrolled')
  const { registered } = written(world, at)
  const [own] = (await createWorld()).ada.passkeys
  if (!own) throw new TypeError('no passkey')
  const key = world.entries.findIndex((_, index) => written(world, index).public_key?.kid === own.kid)
  const other = await createWorld()
  other.entries.length = 0
  await enrol(other, world.ada, { roles: ['admin', 'approver'], bootstrap: true, registered: 'sha-256:less' })
  rewrite(world, key, { enrolment: written(other, 1).enrolment })
  expect(registered).toBe(written(world, at).registered)
  expect(await codes(world)).toEqual(['enrolment_signature'])
})
