/**
 * Agents authenticated a second with the proof that their row is in force, against the same without: the cheapest thing
 * that each call of an agent begins with. All was proven before: what is timed is what every later call pays.
 */

import { parseConfig } from '../../src/authority/config.ts'
import { noMeters } from '../../src/authority/meters.ts'
import { createFollower } from '../../src/authority/proof/follow-ledger.ts'
import { provenStore } from '../../src/authority/proof/proven-store.ts'
import { createRootKeys } from '../../src/authority/proof/root-keys.ts'
import { createFindings } from '../../src/authority/proof/shout.ts'
import { hashSecret } from '../../src/domain/identity/credential.ts'
import { generateLogKey, importLogKey, type LogKey, noteKeysOf } from '../../src/domain/ledger/log-key.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import type { CallerStore } from '../../src/store/contract/identity-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import type { Databases } from './databases.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { AGENT, type Parties, registerParties } from './parties.ts'
import { startProduct } from './product.ts'
import { SILENT } from './silent.ts'

const ROUNDS = 9
const CALLS = 4000
const AT_ONCE = 16

export const proofWarm: Bench = {
  name: 'proof-warm',
  about: 'agents authenticated a second with the proof of their row, once it was checked, against without',
  async run({ databases }) {
    const ground = await startGround(databases)
    try {
      const { raw, proven, hash } = ground
      const withProof = () => authenticating(proven, hash)
      const without = () => authenticating(raw, hash)
      await alternate(2, withProof, without)
      const rate = compare(await alternate(ROUNDS, withProof, without), (perSecond) => perSecond)
      const target = { of: 'ratio', is: '≥', limit: 0.95 } as const
      return [figure({ name: 'proof-warm', unit: 'calls/s', ...rate, target })]
    } finally {
      await ground.stop()
    }
  },
}

async function startGround(databases: Databases) {
  const databaseUrl = await databases.fresh()
  const logKey = await generateLogKey()
  const product = await startProduct(databaseUrl, { settings: { COUNTERSIGN_LOG_KEY: JSON.stringify(logKey) } })
  const parties = await registerParties(product)
  const database = connectPostgres(databaseUrl)
  const raw = createStore(database, [])
  return {
    raw,
    proven: await provenOver(raw, await importLogKey(logKey, logOrigin(product.origin)), { ...product, parties }),
    hash: await hashSecret(parties.agentCredential),
    async stop() {
      await Promise.all([database.close(), product.stop()])
      await databases.drop(databaseUrl)
    },
  }
}

interface Running {
  readonly origin: string
  readonly parties: Parties
}

/** The store as the authority's use cases see it, with the first admin's key as its root. */
async function provenOver(store: Store, logKey: LogKey, { origin, parties: { approver } }: Running) {
  const pins = { load: async () => [approver.authenticator.kid] }
  const deps = {
    ...{ config: parseConfig({ COUNTERSIGN_ORIGIN: origin }), store, logKey, log: SILENT, meters: noMeters },
    rootKeys: await createRootKeys(pins, SILENT),
    now: () => Math.floor(Date.now() / 1000),
    nowMs: () => Date.now(),
    randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
  }
  const follower = createFollower({ ...deps, logKeys: noteKeysOf(logKey) })
  const findings = createFindings(deps)
  await follower.catchUp()
  if (follower.inForce.present('agent', AGENT) === undefined) throw new Error('The agent was not proven')
  return provenStore({ ...deps, follower, findings })
}

/** Sixteen at a time, as calls come in. */
async function authenticating({ authenticate }: Pick<CallerStore, 'authenticate'>, hash: string): Promise<number> {
  const startedAt = performance.now()
  let left = CALLS
  const work = async () => {
    while (left-- > 0) {
      const caller = await authenticate({ hash, now: Math.floor(Date.now() / 1000) })
      if (caller?.kind !== 'agent') throw new Error('The agent is not known')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return (CALLS * 1000) / (performance.now() - startedAt)
}
