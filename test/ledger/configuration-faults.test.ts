/** Entries of configuration whose proof cannot be read: nothing is lost, nothing waits for ever, and endings count at once. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Log } from '../../src/authority/deps.ts'
import { createFollower, type FollowNeeds } from '../../src/authority/proof/follow-ledger.ts'
import { createRootKeys } from '../../src/authority/proof/root-keys.ts'
import { generateLogKey, importLogKey, noteKeysOf } from '../../src/domain/ledger/log-key.ts'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import type { ConfigurationEntry } from '../../src/store/contract/proof-store.ts'
import { SILENT } from '../bench/silent.ts'
import { type Cast, startCast } from '../http/cast.ts'
import { administer, enrolBy, mustSucceed, type Person } from '../setup/authority.ts'

type Reads = FollowNeeds['store']
const PROOFS = ['request', 'consents', 'entriesOfTrace', 'shownToFirstAdmin'] as const

let cast: Cast
let keys: FollowNeeds['logKeys']
let killswitch: string
/** The change that adds `first-agent`. */
let stuck: string

const addAgent = (admin: Person, id: string) =>
  administer(cast.authority, admin, { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: { id } })

beforeAll(async () => {
  const jwk = await generateLogKey()
  cast = await startCast({ settings: { COUNTERSIGN_LOG_KEY: JSON.stringify(jwk) } })
  const { authority, ada } = cast
  keys = noteKeysOf(await importLogKey(jwk, logOrigin(authority.config.origin)))
  const cy = await enrolBy(authority, ada, 'Cy Admin', ['admin', 'approver'])
  await addAgent(ada, 'first-agent')
  stuck = String((await entries()).findLast(({ agent }) => agent === 'first-agent')?.request)
  await addAgent(cy, 'second-agent')
  await addAgent(cy, 'gone-agent')
  // Their consents before count, as long as they are taken in before.
  mustSucceed(await authority.operator.call('revokeAgent', { params: { id: 'gone-agent' } }))
  await administer(authority, ada, {
    name: 'countersign.approver.remove',
    resource: `approver:${cy.id}`,
    arguments: { approver: cy.id },
  })
  const body = { selector: { agent: 'second-agent' }, reason: 'It runs away' }
  killswitch = mustSucceed(await authority.operator.call('engageKillSwitch', { body })).id
})
afterAll(() => cast.authority.stop())

const entries = async () =>
  (await cast.authority.store.configurationEntries(0)).map(({ body }): Record<string, unknown> => JSON.parse(body))

/** `fault` is called before each reading of a proof, with what is read. */
async function following(
  fault: (verb: string, subject: string) => void,
  log: Log = SILENT,
  configurationEntries: Reads['configurationEntries'] = cast.authority.store.configurationEntries,
) {
  const { config, store } = cast.authority
  const clock = { ms: Date.now() }
  const read: object = Object.fromEntries(
    PROOFS.map((verb) => [
      verb,
      async (subject: string) => {
        fault(verb, subject)
        return store[verb](subject)
      },
    ]),
  )
  const follower = createFollower({
    config,
    log,
    logKeys: keys,
    store: { ...(read as Reads), configurationEntries },
    rootKeys: await createRootKeys({ load: async () => [cast.ada.authenticator.kid] }, SILENT),
    now: () => Math.floor(clock.ms / 1000),
    nowMs: () => clock.ms,
  })
  const agents = () => follower.inForce.idsOf('agent')
  return { follower, agents, clock }
}

const away = () => new StoreUnavailable('The connection to the database was lost.')

it('takes everything in after a fault, wherever it happens', async () => {
  let readings = 0
  const whole = await following(() => void readings++)
  await whole.follower.catchUp()
  expect(whole.agents()).toEqual(expect.arrayContaining(['first-agent', 'second-agent']))
  expect(whole.agents()).not.toContain('gone-agent')
  expect(readings).toBeGreaterThan(12)
  for (let broken = 1; broken <= readings; broken++) {
    let at = 0
    const cut = await following(() => {
      if (++at === broken) throw away()
    })
    await expect(cut.follower.catchUp()).rejects.toBeInstanceOf(StoreUnavailable)
    // Longer than ids are read again.
    cut.clock.ms += 120_000
    await cut.follower.catchUp()
    const { inForce, people } = cut.follower
    for (const kind of ['agent', 'person', 'passkey', 'credential', 'killswitch', 'left'] as const) {
      expect({ broken, ids: [...inForce.idsOf(kind)].sort() }).toEqual({
        broken,
        ids: [...whole.follower.inForce.idsOf(kind)].sort(),
      })
    }
    expect(people.ids()).toEqual(whole.follower.people.ids())
  }
})

it('ends what later entries end while it cannot read the proof of an earlier one', async () => {
  let isAway = true
  const { follower, agents } = await following((verb, subject) => {
    if (isAway && verb === 'request' && subject === stuck) throw away()
  })
  await expect(follower.catchUp()).rejects.toBeInstanceOf(StoreUnavailable)
  expect(follower.inForce.idsOf('killswitch')).toEqual([killswitch])
  expect(agents()).not.toContain('second-agent')
  isAway = false
  await follower.catchUp()
  expect(agents()).toContain('second-agent')
  expect(follower.inForce.idsOf('killswitch')).toEqual([killswitch])
})

it.each(['constructor', '__proto__', 'toString', 'agent.removed', 'killswitch.engaged'])(
  'ends what entries behind one that says nothing but “%s” end',
  async (type) => {
    const { store } = cast.authority
    const { follower } = await following(
      (verb, subject) => {
        if (verb === 'request' && subject === stuck) throw away()
      },
      SILENT,
      async (after) => {
        const behind = (entry: ConfigurationEntry) => [
          { ...entry, id: 1_000_000, body: JSON.stringify({ type }) },
          entry,
        ]
        const all = await store.configurationEntries(after)
        return all.flatMap((entry) => (entry.body.includes(killswitch) ? behind(entry) : [entry]))
      },
    )
    await expect(follower.catchUp()).rejects.toBeInstanceOf(StoreUnavailable)
    expect(follower.inForce.idsOf('killswitch')).toContain(killswitch)
  },
)

it('passes over an entry that cannot be judged, and says so', async () => {
  const said: string[] = []
  const log = { ...SILENT, error: (event: string) => void said.push(event) }
  const { follower, agents } = await following((verb, subject) => {
    if (verb === 'request' && subject === stuck) throw new TypeError('Cannot read properties of undefined')
  }, log)
  await follower.catchUp()
  expect(said).toEqual(['configuration.unproven'])
  expect(agents()).toContain('second-agent')
  expect(agents()).not.toContain('first-agent')
})

it('waits five minutes for a proof that cannot be read, and goes on without it', async () => {
  const said: string[] = []
  const log = { ...SILENT, error: (event: string) => void said.push(event) }
  const { follower, agents, clock } = await following((verb, subject) => {
    if (verb === 'request' && subject === stuck) throw away()
  }, log)
  for (let readings = 1; readings < 30; readings++) {
    await expect(follower.catchUp()).rejects.toBeInstanceOf(StoreUnavailable)
    // Calls that come close together are one reading.
    await expect(follower.catchUp()).rejects.toBeInstanceOf(StoreUnavailable)
    clock.ms += 10_000
  }
  expect(agents()).not.toContain('second-agent')
  await follower.catchUp()
  expect(said).toEqual(['configuration.passed_over'])
  expect(agents()).toContain('second-agent')
  expect(agents()).not.toContain('first-agent')
})
