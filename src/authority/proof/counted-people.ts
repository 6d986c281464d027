/**
 * The people whom policies and recoveries count, by proofs alone: a person counts from the change that let them in until a proven or sealed
 * removal, whatever rows say, so that nobody lowers their number by ending somebody else. SPEC 10.4, 11.
 */
import type { JsonObject } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import type { Role } from '../../domain/identity/parties.ts'
import type { InForce } from './proven-rows.ts'

export interface CountedPeople {
  /** Takes in rows that were proven. */
  readonly changed: (rows: readonly ConfigurationRow[]) => void
  /** Everybody who was let in and not removed. */
  readonly ids: () => readonly string[]
  /** Those of them who approve. */
  readonly count: () => number
  /** Those of them who are admins, without this person. */
  readonly countAdmins: (besides: string) => number
}

export function createCountedPeople(inForce: Pick<InForce, 'present'>): CountedPeople {
  const roles = new Map<string, JsonObject[string] | undefined>()
  const ids = () => [...roles.keys()].filter((id) => inForce.present('left', id) === undefined)
  return {
    changed(rows) {
      for (const { kind, id, content } of rows) {
        if (kind !== 'person') continue
        if (content === null) roles.delete(id)
        else roles.set(id, plainJson(content)['roles'] ?? roles.get(id))
      }
    },
    ids,
    count: () => ids().filter((id) => has(roles.get(id), 'approver')).length,
    countAdmins: (besides) => ids().filter((id) => id !== besides && has(roles.get(id), 'admin')).length,
  }
}

const has = (roles: JsonObject[string] | undefined, role: Role): boolean => Array.isArray(roles) && roles.includes(role)
