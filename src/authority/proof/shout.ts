/**
 * Reports a refused configuration row: in the log, a counter, an entry of the ledger, and a warning on every page
 * until the row is as proven, or gone. Once for each row and each content of it. SPEC 10.4.
 */
import { digestOf } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { ConfigurationFinding, Uses } from '../deps.ts'

type ShoutNeeds = Uses<Pick<EntryStore, 'appendEntries'>, 'log' | 'meters' | 'now' | 'randomBytes'>

export interface Findings {
  readonly list: () => readonly ConfigurationFinding[]
  /** The row is refused. */
  readonly report: (row: ConfigurationRow) => Promise<void>
  /** The row is proven. */
  readonly settle: (row: Pick<ConfigurationRow, 'kind' | 'id'>) => void
  /** Runs a look at all rows: what it does not report is gone. */
  readonly renew: (look: () => Promise<void>) => Promise<void>
}

export function createFindings(deps: ShoutNeeds): Findings {
  const standing = new Map<string, ConfigurationFinding>()
  const shouted = new Set<string>()
  let reported = new Set<string>()
  return {
    list: () => [...standing.values()],
    async report(row) {
      const key = `${row.kind} ${row.id}`
      reported.add(key)
      if (!standing.has(key)) standing.set(key, { kind: row.kind, id: row.id, foundAt: deps.now() })
      const digest = await digestOf(plainJson(row.content ?? {}))
      if (shouted.has(`${key} ${digest}`)) return
      shouted.add(`${key} ${digest}`)
      await shout(deps, row, digest)
    },
    settle: ({ kind, id }) => void standing.delete(`${kind} ${id}`),
    async renew(look) {
      reported = new Set()
      await look()
      for (const key of standing.keys()) if (!reported.has(key)) standing.delete(key)
    },
  }
}

async function shout({ store, log, meters, now, randomBytes }: ShoutNeeds, row: ConfigurationRow, digest: string) {
  const { kind, id: subject } = row
  log.error('configuration.refused', { kind, subject, row: digest })
  meters.configurationRefused()
  const trace = newTrace(randomBytes)
  await store.appendEntries([await prepareEntry('configuration.refused', now(), trace, { kind, subject, row: digest })])
}
