/**
 * Refusals in the ledger. The first is an entry at once; identical ones are counted, and one entry a minute says how
 * many there were. A caller with many different refusals in a minute gets entries of the code alone. SPEC 8.
 */
import { base64urlEncode, canonicalize, sha256 } from '@countersign/verifier'
import { plainJson } from '../domain/action/plain-json.ts'
import { newTrace } from '../domain/approval/approval-request.ts'
import { type EntryMembers, type PreparedEntry, prepareEntry } from '../domain/ledger/entry.ts'
import type { RepeatStore } from '../store/contract/ledger-store.ts'
import type { Deps, Uses } from './deps.ts'

export type RefusalNeeds = Uses<RepeatStore, 'limits' | 'now' | 'randomBytes'>

interface RefusalFact {
  /** The caller that was refused. */
  readonly by: Pick<EntryMembers, 'agent' | 'executor' | 'approver' | 'directory'>
  /** Default: `token.refused`. */
  readonly type?: 'token.refused' | 'scim.refused'
  readonly trace: string
  /** The members of its entries; refusals with equal members count as identical. */
  readonly members: EntryMembers & { readonly code: string }
  /** The entries of the first, where they are not one `token.refused` of these members. */
  readonly entries?: readonly PreparedEntry[]
}

const MINUTE = 60

/** Returns the trace under which the refusal stands. */
export async function recordRefusal(deps: RefusalNeeds, fact: RefusalFact): Promise<string> {
  const caller = JSON.stringify(fact.by)
  const isCrowded = (await deps.limits.spent('refusals', caller)) !== null
  const noted = await note(deps, isCrowded ? withoutParties(deps, fact) : fact)
  if (noted.isFirst) await deps.limits.take('refusals', caller)
  return noted.trace
}

const withoutParties = ({ randomBytes }: RefusalNeeds, { by, type, members: { code } }: RefusalFact): RefusalFact => ({
  by,
  ...(type === undefined ? {} : { type }),
  trace: newTrace(randomBytes),
  members: { ...by, code },
})

async function note({ store, now }: RefusalNeeds, { trace, members, entries, type = 'token.refused' }: RefusalFact) {
  const since = now()
  const plain = plainJson(members)
  return store.noteFact({
    fact: {
      type,
      id: base64urlEncode(await sha256(canonicalize(plain))),
      trace,
      members: plain,
      since,
    },
    until: since + MINUTE,
    entries: entries ?? [await prepareEntry(type, since, trace, members)],
  })
}

const AT_ONCE = 200

/** The entries of refusals, and of uncovered texts, that repeated while they stood. */
export async function writeRepeats({ store, now }: Pick<Deps, 'now'> & Uses<RepeatStore>): Promise<void> {
  await store.writeRepeats({
    now: now(),
    until: now() + MINUTE,
    limit: AT_ONCE,
    entryFor: ({ type, trace, members, since, repeats }) =>
      prepareEntry(type, now(), trace, { ...members, since, count: repeats }),
  })
}
