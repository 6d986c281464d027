/**
 * Proves the configuration of an authority to an auditor, from the entries of its log and its export, by the rules
 * that the authority itself uses. Each row in force must follow from them. SPEC 10.13.
 */
import { formatNoteKey, type NoteKey, parseNoteKey } from '@countersign/verifier/proof'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import { LogDisagreement } from '../../domain/ledger/tile-tree.ts'
import { logOrigin } from '../../domain/token/build-claims.ts'
import type { Log } from '../deps.ts'
import { type Claimed, type ConfigurationHead, readLines } from './configuration-lines.ts'
import { createFollower, type Follower, type FollowNeeds } from './follow-ledger.ts'
import type { ProvenRows } from './proven-rows.ts'
import { compareSealed, openSeal, sealName } from './sealed-configuration.ts'

/** An entry of the log, by its index. */
export interface LoggedEntry {
  readonly index: number
  readonly at: number
  readonly trace: string
  readonly body: string
}

export interface OutsideInput {
  /** The authority's export of its configuration: `configuration-lines`. */
  readonly lines: readonly string[]
  /** Those about configuration, in the order of the log. */
  readonly entries: readonly LoggedEntry[]
  /** The decisions on changes to the authority. */
  readonly decisions: readonly LoggedEntry[]
  readonly log: { readonly origin: string; readonly keys: readonly NoteKey[] }
}

export interface Disproven {
  readonly fault: 'unproven' | 'lifted' | 'unsealed' | 'unreadable'
  /** Kind and id of the row. */
  readonly subject: string
  readonly detail: string
}

export interface Outside {
  readonly rows: number
  /** When they were read, epoch seconds. */
  readonly at: number
  readonly disproven: readonly Disproven[]
}

export async function proveFromOutside(input: OutsideInput): Promise<Outside> {
  let claimed: Claimed
  try {
    claimed = readLines(input.lines)
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : '')
  }
  const { head, rows } = claimed
  if (logOrigin(head.issuer) !== input.log.origin) return unreadable(`it is of ${head.issuer}`)
  if (head.entries > input.entries.length) return unreadable('it is newer than the log')
  const follower = createFollower(needsOf(input, claimed))
  await follower.catchUp()
  // Without an admin there are no consents to prove.
  const hasAdmin = input.entries.some(isFirstAdmin)
  const disproven = [...(await faultOfSeal(input, claimed)), ...(hasAdmin ? faultsOfRows(follower, rows) : [])]
  return { rows: hasAdmin ? rows.length : 0, at: head.at, disproven }
}

function isFirstAdmin({ body }: LoggedEntry): boolean {
  const { type, bootstrap } = JSON.parse(body)
  return type === 'approver.enrolled' && bootstrap === true
}

const unreadable = (detail: string): Outside => ({
  rows: 0,
  at: 0,
  disproven: [{ fault: 'unreadable', subject: 'configuration', detail: detail.slice(0, 200) }],
})

const silent = () => {}
const SILENT: Log = { debug: silent, info: silent, warn: silent, error: silent }

/** The first admin is the first of the log: an auditor has no other root. */
const FIRST_OF_LOG = { pinned: () => [], trusts: async () => true }

function needsOf({ entries, decisions, log }: OutsideInput, { head, changes }: Claimed): FollowNeeds {
  const known = entries.slice(0, head.entries)
  return {
    config: { origin: head.issuer, rpId: head.rp_id, name: head.title },
    store: {
      configurationEntries: async () =>
        known.map(({ index, body }) => ({ id: index + 1, leafIndex: index, body, leaf: new Uint8Array() })),
      request: async (id) => changes.get(id)?.request,
      consents: async (id) => changes.get(id)?.consents ?? [],
      entriesOfTrace: async (trace) => decisions.filter((decision) => decision.trace === trace),
      shownToFirstAdmin: async () =>
        head.registered === null ? undefined : JSON.stringify({ content: head.registered }),
    },
    logKeys: log.keys,
    rootKeys: FIRST_OF_LOG,
    log: SILENT,
    now: () => head.at,
    nowMs: () => head.at * 1000,
  }
}

function faultsOfRows({ inForce }: Follower, rows: readonly ConfigurationRow[]): readonly Disproven[] {
  const engaged = new Set(rows.flatMap(({ kind, id }) => (kind === 'killswitch' ? [id] : [])))
  const lifted = inForce.idsOf('killswitch').filter((id) => !engaged.has(id))
  return [
    ...rows
      .filter((row) => !inForce.holds(row))
      .map((row): Disproven => ({ fault: 'unproven', subject: nameOf(row), detail: whyNot(inForce, row) })),
    ...lifted.map(
      (id): Disproven => ({
        fault: 'lifted',
        subject: nameOf({ kind: 'killswitch', id }),
        detail: 'nobody approved its release',
      }),
    ),
  ]
}

const nameOf = ({ kind, id }: Pick<ConfigurationRow, 'kind' | 'id'>): string => `${kind} ${id}`

const whyNot = ({ present }: ProvenRows, { kind, id, content }: ConfigurationRow): string => {
  const proven = present(kind, id)
  if (proven === undefined) return 'nobody approved it, or it was ended'
  const said = plainJson(content ?? {})
  const other = Object.keys(proven).filter((name) => JSON.stringify(proven[name]) !== JSON.stringify(said[name]))
  return `other than was approved: ${other.join(', ')}`
}

async function faultOfSeal({ entries, log }: OutsideInput, { head }: Claimed): Promise<readonly Disproven[]> {
  try {
    const sealed = await openSeal(head.seal, await Promise.all(log.keys.map(sealingKey)))
    insistWhole(entries, head, sealed.size)
    await compareSealed(
      sealed,
      entries.filter(({ index }) => index < sealed.size).map(({ body }) => body),
    )
    return []
  } catch (error) {
    if (!(error instanceof LogDisagreement)) throw error
    return [{ fault: 'unsealed', subject: 'configuration', detail: error.message }]
  }
}

/** Processes write with their own clocks. */
const TOLERANCE_SECONDS = 60

/** All entries that are sealed count, and all that were there when the rows were read. Throws `LogDisagreement`. */
function insistWhole(entries: readonly LoggedEntry[], head: ConfigurationHead, sealed: number): void {
  const last = entries[head.entries - 1]
  if (last && sealed <= last.index) throw new LogDisagreement('It is older than the entries that the rows follow from.')
  const isLeftOut = ({ index, at }: LoggedEntry) => index < sealed || at <= head.at - TOLERANCE_SECONDS
  if (entries.slice(head.entries).some(isLeftOut)) {
    throw new LogDisagreement('Entries about configuration were left out where the rows were read.')
  }
}

/** A key of the log under the name by which it seals the configuration. */
const sealingKey = async ({ name, type, publicKey }: NoteKey): Promise<NoteKey> =>
  parseNoteKey(await formatNoteKey(sealName(name), type, publicKey))
