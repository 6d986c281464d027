/**
 * Follows the entries about configuration and keeps what they prove in force. Everything starts at the first admin's
 * pinned key; every later fact needs a proof by what was in force before it, or takes rights away. SPEC 10.4.
 */
import type { ApproverKey, JsonObject } from '@countersign/verifier'
import type { NoteKey } from '@countersign/verifier/proof'
import { plainJson } from '../../domain/action/plain-json.ts'
import { type ConfigurationRow, executorRow, policyRow } from '../../domain/identity/configuration-rows.ts'
import { sealedBy } from '../../domain/ledger/row-seal.ts'
import { StoreUnavailable } from '../../domain/refusal.ts'
import type { ProofStore } from '../../store/contract/proof-store.ts'
import { ownExecutor } from '../changes/own-changes.ts'
import type { Config } from '../config.ts'
import type { BrokenGlass, Deps, RootKeys } from '../deps.ts'
import { brokenGlassIn } from './broken-glass.ts'
import { type CountedPeople, createCountedPeople } from './counted-people.ts'
import { createCursor, createPatience } from './entry-cursor.ts'
import { createGlassWitnesses, type GlassWitnesses } from './glass-witnesses.ts'
import { proveAbsence } from './prove-absence.ts'
import { insistOn, type ProofNeeds, proveChange, Unproven } from './prove-change.ts'
import { proveMembership } from './prove-membership.ts'
import { keyIn, proveFurther, proveLetIn, proveRoot } from './prove-passkey.ts'
import { proveSession } from './prove-session.ts'
import { createInForce, type InForce, type ProvenRows } from './proven-rows.ts'
import { endedBy, objectOf, textOf } from './safer-facts.ts'
import { isProvenAlone, sealedRow } from './sealed-facts.ts'
import { endedAhead, type Fact, factOf } from './stated-facts.ts'

export interface FollowNeeds extends Pick<Deps, 'log' | 'now' | 'nowMs'> {
  readonly config: Pick<Config, 'origin' | 'rpId' | 'name'>
  readonly store: ProofNeeds['store'] & Pick<ProofStore, 'configurationEntries' | 'shownToFirstAdmin'>
  /** The keys of the log whose seals count. */
  readonly logKeys: readonly NoteKey[]
  readonly rootKeys: Pick<RootKeys, 'pinned' | 'trusts'>
}

export interface Follower {
  readonly inForce: ProvenRows
  /** The key that was enrolled with this thumbprint. */
  readonly keyOf: (kid: string) => ApproverKey | undefined
  /**
   * Takes in what was committed before this call. Throws `StoreUnavailable`; what was not taken in then is read again by
   * the next call, and passed over after 30 such readings.
   */
  readonly catchUp: () => Promise<void>
  /** Every break-glass, and the person it enrolled. */
  readonly brokenGlass: () => readonly BrokenGlass[]
  /** Sealed rows in force that one of the log's keys has not sealed. */
  readonly partlySealed: () => readonly ConfigurationRow[]
  /** Entries of memberships in force, written by directories, that one of the log's keys has not sealed. */
  readonly partlyKept: () => readonly JsonObject[]
  /** Whether a first admin's key is pinned: from then on everything needs a proof. */
  readonly hasRoot: () => boolean
  readonly people: Pick<CountedPeople, 'ids' | 'count' | 'countAdmins'>
}

/** The state of the chain of proofs, besides the rows in force. */
interface Chain {
  readonly inForce: InForce
  readonly keys: Map<string, ApproverKey>
  /** Sealed rows that ended: they never return. */
  readonly over: Set<string>
  readonly partlySealed: Map<string, ConfigurationRow>
  /** By break-glass, the person whom it let in. */
  readonly letIn: Map<string, string>
  readonly witnesses: GlassWitnesses
  readonly people: CountedPeople
  /** Requests whose change was taken in, and nonces of enrolments: each counts once. */
  readonly spent: Set<string>
  /** Enrolments of first admins by trace, until the entry of their key follows. */
  readonly enrolled: Map<string, JsonObject>
  /** The newest version of each group that a directory changed: none counts twice. */
  readonly synced: Map<string, number>
  /** The newest memberships that one of the log's keys has not sealed. */
  readonly partlyKept: Map<string, { readonly members: JsonObject; readonly row: ConfigurationRow }>
  rooted: boolean
}

const NEXT = 'Restart this process once the database can be read.'

export function createFollower(deps: FollowNeeds): Follower {
  const { config, store, log } = deps
  const inForce = createInForce()
  const chain: Chain = {
    inForce,
    keys: new Map(),
    over: new Set(),
    partlySealed: new Map(),
    letIn: new Map(),
    people: createCountedPeople(inForce),
    witnesses: createGlassWitnesses(inForce),
    spent: new Set(),
    enrolled: new Map(),
    synced: new Map(),
    partlyKept: new Map(),
    rooted: false,
  }
  chain.inForce.put([executorRow(ownExecutor(config.origin, config.name))])
  const cursor = createCursor(deps)
  const isPassedOver = createPatience(deps)
  /** Less than is proven while the proof of an entry cannot be read. */
  let shown = inForce
  let underWay = Promise.resolve()
  /** A reading that has not begun, which all calls share until it begins. */
  let next: Promise<void> | undefined

  async function takeAll(): Promise<void> {
    const facts = cursor.untaken(await store.configurationEntries(cursor.after())).map(factOf)
    for (const [n, fact] of facts.entries()) {
      await take(deps, chain, fact).catch((error) => {
        if (!isPassedOver(fact.id)) {
          shown = endedAhead(inForce, facts.slice(n))
          throw error
        }
        log.error('configuration.passed_over', {
          type: fact.type,
          trace: fact.trace,
          reason: error.message,
          next: NEXT,
        })
      })
      cursor.taken(fact.id, Number(fact.members['at']))
    }
    cursor.settle()
    shown = inForce
  }

  return {
    inForce: {
      present: (kind, id) => shown.present(kind, id),
      holds: (row) => shown.holds(row),
      idsOf: (kind) => shown.idsOf(kind),
    },
    keyOf: (kid) => chain.keys.get(kid),
    brokenGlass: () => brokenGlassIn(chain),
    partlySealed: () => [...chain.partlySealed.values()].filter(chain.inForce.holds),
    partlyKept: () =>
      [...chain.partlyKept.values()].filter(({ row }) => chain.inForce.holds(row)).map(({ members }) => members),
    hasRoot: () => deps.rootKeys.pinned().length > 0,
    people: chain.people,
    catchUp() {
      underWay = next ??= underWay
        .catch(() => {})
        .then(() => {
          next = undefined
          return takeAll()
        })
      return underWay
    },
  }
}

/** Throws `StoreUnavailable` where the proof cannot be read; the same entry can then be taken again. */
async function take(deps: FollowNeeds, chain: Chain, fact: Fact): Promise<void> {
  const { type, trace, members } = fact
  try {
    const ended = endedBy(type, members, chain.inForce)
    for (const row of ended) if (row.content === null) chain.over.add(sealedName(row))
    chain.inForce.put(ended)
    await takeProven(deps, chain, fact)
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error
    const unproven = { type, trace, reason: error instanceof Error ? error.message : String(error) }
    if (error instanceof Unproven) return deps.log.warn('configuration.unproven', unproven)
    // Where judging fails, nothing is proven, and a further attempt would fail as well.
    deps.log.error('configuration.unproven', { ...unproven, next: NEXT })
  }
}

async function takeProven(deps: FollowNeeds, chain: Chain, fact: Fact): Promise<void> {
  const { type, trace, members } = fact
  if (type === 'approver.enrolled' && members['bootstrap'] === true) return void chain.enrolled.set(trace, members)
  if (type === 'credential.added' && 'public_key' in members) return takePasskey(deps, chain, fact)
  if (type === 'absence.stated') return takeAbsence(deps, chain, members)
  if (type === 'session.opened') return takeSession(deps, chain, members)
  // The policy of a new authority; every later version needs an approval.
  if (type === 'policy.changed' && members['bootstrap'] === true && !chain.rooted) {
    return chain.inForce.put([policyRow({ version: Number(members['version']), digest: textOf(members, 'policy') })])
  }
  const sealed = sealedRow(type, members)
  const takeSeal = async () => sealed && takeSealed(deps, chain, sealed, textOf(members, 'seal'))
  if (sealed && isProvenAlone(sealed)) await takeSeal()
  if (type === 'group.synced') return takeMembership(deps, chain, members)
  if (type === 'breakglass.opened') chain.witnesses.opened(textOf(members, 'breakglass'))
  if ('request' in members) await takeChange(deps, chain, textOf(members, 'request'))
  if (sealed && !isProvenAlone(sealed)) await takeSeal()
}

const sealedName = ({ kind, id }: ConfigurationRow): string => `${kind} ${id}`

async function takeSealed(
  { log, logKeys, now }: FollowNeeds,
  chain: Chain,
  row: ConfigurationRow,
  seal: string,
): Promise<void> {
  insistOn(!chain.over.has(sealedName(row)), 'it was ended before')
  const keys = await sealedBy(logKeys, row, seal)
  insistOn(keys > 0, 'the key of the log did not seal it')
  insistOn(!isOlder(chain, row), 'a newer one is in force')
  chain.inForce.put([row])
  if (row.kind === 'breakglass' && Number(chain.inForce.present(row.kind, row.id)?.['expires']) > now()) {
    log.error('breakglass.opened', { breakglass: row.id })
  }
  if (keys < logKeys.length) chain.partlySealed.set(sealedName(row), row)
  else chain.partlySealed.delete(sealedName(row))
}

/** A copied entry says again what was published before. */
const isOlder = ({ inForce }: Chain, { kind, id, content }: ConfigurationRow): boolean =>
  kind === 'policyversion' &&
  Number(inForce.present(kind, id)?.['version'] ?? 0) > Number(plainJson({ ...content })['version'])

function putProven({ inForce, people }: Chain, rows: readonly ConfigurationRow[]): void {
  inForce.put(rows)
  people.changed(rows)
}

async function takeChange(deps: FollowNeeds, chain: Chain, request: string): Promise<void> {
  if (chain.spent.has(request)) return
  const rows = await proveChange(deps, chain.inForce, chain.keys, request)
  putProven(chain, rows)
  chain.witnesses.changed(rows)
  chain.spent.add(request)
}

async function takeMembership(deps: FollowNeeds, chain: Chain, members: JsonObject): Promise<void> {
  const { group, version, row, seals } = await proveMembership(deps.logKeys, chain.inForce, members)
  // One that is sealed anew says what is in force already.
  const isNewer = version > (chain.synced.get(group) ?? 0) || chain.inForce.holds(row)
  insistOn(isNewer, 'it is older than another one of this group')
  if (seals < deps.logKeys.length) chain.partlyKept.set(group, { members, row })
  else chain.partlyKept.delete(group)
  chain.synced.set(group, version)
  chain.inForce.put([row])
}

async function takePasskey(deps: FollowNeeds, chain: Chain, { trace, members }: Fact): Promise<void> {
  if (members['bootstrap'] === true) await takeRoot(deps, chain, trace, members)
  else if ('breakglass' in members) await takeLetIn(deps, chain, members)
  else if ('authorised_by' in members) await takeFurther(deps, chain, members)
  else await takeChange(deps, chain, textOf(members, 'request'))
  const key = await keyIn(members)
  const proven = chain.inForce.present('passkey', key.kid)
  // A name that is a thumbprint leads to one key, whoever wrote the entry.
  if (proven?.['approver'] === members['approver'] && proven?.['be'] === key.be) chain.keys.set(key.kid, key)
}

async function takeAbsence(deps: FollowNeeds, chain: Chain, members: JsonObject): Promise<void> {
  const id = textOf(members, 'absence')
  insistOn(!chain.spent.has(id), 'its statement was used before')
  chain.inForce.put([await proveAbsence(deps, chain.inForce, chain.keys, members)])
  chain.spent.add(id)
}

async function takeSession(deps: FollowNeeds, chain: Chain, members: JsonObject): Promise<void> {
  const nonce = textOf(objectOf(members['signed']), 'nonce')
  insistOn(!chain.spent.has(nonce), 'its statement was used before')
  chain.inForce.put([await proveSession(deps, chain.inForce, chain.keys, members)])
  chain.spent.add(nonce)
}

async function takeRoot(deps: FollowNeeds, chain: Chain, trace: string, members: JsonObject): Promise<void> {
  insistOn(!chain.rooted, 'there was a first admin before')
  const enrolled = chain.enrolled.get(trace) ?? {}
  putProven(chain, await proveRoot(deps, deps.rootKeys, enrolled, members))
  chain.rooted = true
}

async function takeLetIn(deps: FollowNeeds, chain: Chain, members: JsonObject): Promise<void> {
  const id = textOf(members, 'breakglass')
  insistOn(!chain.letIn.has(id), 'its break-glass let somebody in before')
  insistOn(chain.inForce.present('acknowledgement', id) === undefined, 'its break-glass was acknowledged before')
  putProven(chain, await proveLetIn(deps, deps.rootKeys, chain.inForce, members))
  chain.letIn.set(id, textOf(members, 'approver'))
}

async function takeFurther(deps: FollowNeeds, chain: Chain, members: JsonObject): Promise<void> {
  const nonce = textOf(objectOf(members['enrolment']), 'nonce')
  insistOn(!chain.spent.has(nonce), 'its enrolment was used before')
  chain.inForce.put(await proveFurther(deps, chain.inForce, chain.keys, members))
  chain.spent.add(nonce)
}
