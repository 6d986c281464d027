/**
 * All changes to the authority itself, one row each: the catalogue of the authority as its own executor. A new change
 * is a row, named here; one that needs rows of a new kind adds a verb to the store. SPEC 10.
 */
import type { ActionSpec } from '@countersign/verifier'
import type { Executor } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { addAgent, updateAgent } from './agent-changes.ts'
import { addDirectory, updateDirectory } from './directory-changes.ts'
import { enrolApprover } from './enrol-change.ts'
import { erasePayloads } from './erase-change.ts'
import { addGroup, removeGroup, updateGroup } from './group-changes.ts'
import { addWebhook, releaseKillSwitch, rotateKey } from './operation-changes.ts'
import type { OwnChange, ParsedChange } from './own-change.ts'
import { addCredential, addExecutor, updateExecutor } from './party-changes.ts'
import { removeApprover, restoreApprover, updateApprover } from './people-changes.ts'
import { publishPolicy } from './policy-change.ts'
import { recoverApprover } from './recover-change.ts'

const OWN_CHANGES: readonly OwnChange[] = [
  addAgent,
  updateAgent,
  addExecutor,
  updateExecutor,
  addCredential,
  enrolApprover,
  addGroup,
  updateGroup,
  removeGroup,
  addDirectory,
  updateDirectory,
  updateApprover,
  restoreApprover,
  recoverApprover,
  removeApprover,
  rotateKey,
  addWebhook,
  publishPolicy,
  erasePayloads,
  releaseKillSwitch,
]

const byName: ReadonlyMap<string, OwnChange> = new Map(OWN_CHANGES.map((row) => [row.name, row]))

export const isOwnChange = (name: string): boolean => byName.has(name)

export interface OwnAction extends ParsedChange {
  readonly row: OwnChange
}

/** Refuses: `invalid_request`, also for a resource that is not the one the arguments name. */
export function parseOwnChange(action: ActionSpec): Result<OwnAction> {
  const row = byName.get(action.name)
  if (!row) return refuse('invalid_request', `${action.name} is no change that this authority knows.`)
  const parsed = row.parse(action.arguments)
  if (!parsed.ok) return parsed
  if (parsed.value.resource === action.resource) return ok({ ...parsed.value, row })
  return refuse('invalid_request', `The resource of this change has to be ${parsed.value.resource}.`)
}

/** The authority's own row in the list of executors. It has no keys, since it challenges nobody. */
export const ownExecutor = (origin: string, title: string): Executor => ({
  audience: origin,
  title,
  catalogue: OWN_CHANGES.map(({ name, effect, reversible, title, phrase }) => ({
    name,
    effect,
    reversible,
    title,
    ...(phrase === undefined ? {} : { phrase }),
  })),
  challengeKeys: [],
  version: 1,
  createdAt: 0,
  revokedAt: null,
})
