/**
 * Reads the entries of a ledger in order, and reports every fact that lacks its cause.
 *
 * Signatures are checked elsewhere (`check-token`), hashes too (`rebuild`). SPEC 8.
 */
import type { AuditCrypto } from '../crypto.ts'
import type { Facts } from '../facts/ledger-facts.ts'
import { noteRegistered } from '../facts/registered-facts.ts'
import type { FindingCode, Findings } from '../finding.ts'
import { isAuthorityOf, type LedgerEntry, readEntry } from '../log/read-entry.ts'
import { absenceRules } from './asked-people.ts'
import type { Case, Rule } from './rule.ts'
import { authorityRules } from './rules-authority.ts'
import { directoryRules } from './rules-directories.ts'
import { partyRules } from './rules-parties.ts'
import { requestRules } from './rules-requests.ts'
import { sealRules } from './rules-seals.ts'
import { tokenRules } from './rules-tokens.ts'

/** Processes write with their own clocks, and wait for locks: entries may stand in another order by so much. */
const TIME_TOLERANCE_SECONDS = 60

interface ReaderOptions {
  readonly facts: Facts
  readonly findings: Findings
  readonly crypto: Pick<AuditCrypto, 'digest' | 'encode'>
  /** The log's name, `<host>/log`: the authority is the executor at that host. */
  readonly origin: string
  readonly now: number
  /** Gets every entry that is one. */
  readonly onEntry?: (entry: LedgerEntry, index: number, bytes: Uint8Array) => void
}

/** Takes one entry with its index and the hash of its leaf, a view that need not last. */
type ReadLedger = (bytes: Uint8Array, index: number, leaf: Uint8Array) => void

/** Every type of the ledger has a rule. */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...requestRules,
    ...absenceRules,
    ...tokenRules,
    ...partyRules,
    ...directoryRules,
    ...authorityRules,
    ...sealRules,
  }),
)

export function createReader({ facts, findings, crypto, origin, now, onEntry }: ReaderOptions): ReadLedger {
  const isAuthority = isAuthorityOf(origin)

  function checkTime({ at }: LedgerEntry, report: Case['report']): void {
    if (at < facts.latestAt - TIME_TOLERANCE_SECONDS) report('time_backwards', '', `${facts.latestAt - at} s`)
    if (at > now + TIME_TOLERANCE_SECONDS) report('time_ahead', '', `${at - now} s`)
    facts.latestAt = Math.max(facts.latestAt, Math.min(at, now))
  }

  return (bytes, index, leaf) => {
    const fault = (code: FindingCode, detail: string) => findings.report({ code, index, at: null, subject: '', detail })
    const read = readEntry(bytes)
    if ('fault' in read) return fault(read.fault, read.detail)
    const { entry } = read
    const rule = RULES.get(entry.type)
    if (rule === undefined) return fault('entry_unknown_type', entry.type)
    const report: Case['report'] = (code, subject, detail = '') =>
      findings.report({ code, index, at: entry.at, subject, detail })
    checkTime(entry, report)
    const one: Case = {
      entry,
      members: entry.members,
      index,
      facts,
      digest: crypto.digest,
      leaf: () => `sha-256:${crypto.encode(leaf)}`,
      isAuthority,
      report,
    }
    rule(one)
    if (!facts.hasAdmin) noteRegistered(facts.registered, entry.type, entry.members)
    onEntry?.(entry, index, bytes)
  }
}
