/**
 * Who may read a request: in a list, alone, in its trace or to answer it. Agents read their own, executors those made to
 * them, auditors, admins and operators all. Others read those that they may answer, have answered, or have proposed, and
 * those of agents that they run. A request that cannot be read is one that does not exist. SPEC 2.3.
 */
import type { RequestScope } from '../../domain/approval/request-filter.ts'
import { type Approver, type Caller, isPerson } from '../../domain/identity/parties.ts'
import { groupsAnswered } from '../../domain/policy/deputies.ts'
import type { RequestListStore } from '../../store/contract/request-list-store.ts'
import type { Uses } from '../deps.ts'

export type ReadNeeds = Uses<Pick<RequestListStore, 'requestsWithin'>, 'now'>

/** The requests that a reader may read, with sensitive arguments masked. */
export function readingScope(reader: Caller | Approver, now: number): RequestScope {
  if (isPerson(reader)) {
    return reader.roles.some((role) => role !== 'approver') ? {} : { ...answeringScope(reader, now), owner: reader.id }
  }
  if (reader.kind === 'agent') return { agent: reader.agent.id }
  return reader.kind === 'executor' ? { executor: reader.executor.audience } : {}
}

/** The requests that a person may answer or has answered, which they see whole. */
const answeringScope = (person: Approver, now: number): RequestScope => ({
  groups: groupsAnswered(person, now),
  answerer: person.id,
})

/** Those of the requests that a reader may read. */
export const readableBy = ({ store, now }: ReadNeeds, reader: Caller | Approver, ids: readonly string[]) =>
  store.requestsWithin({ ids, scope: readingScope(reader, now()) })

export const mayRead = async (deps: ReadNeeds, reader: Caller | Approver, id: string): Promise<boolean> =>
  (await readableBy(deps, reader, [id])).has(id)

/** Whether a person sees a request whole, as those do who decide on it. */
export const mayAnswer = async ({ store, now }: ReadNeeds, person: Approver, id: string): Promise<boolean> =>
  (await store.requestsWithin({ ids: [id], scope: answeringScope(person, now()) })).has(id)
