/** Agents: added with a credential that is shown once, and edited from the version that was read. SPEC 10. */
import * as z from 'zod'
import { previewOfMembers } from '../../domain/action/describe.ts'
import { agentMembers } from '../../domain/identity/agent-members.ts'
import { agentRow, changedRow } from '../../domain/identity/configuration-rows.ts'
import { audienceUri, clientId, nameOf, principalId } from '../../domain/identity/identifiers.ts'
import { ok, refuse } from '../../domain/refusal.ts'
import { credentialFor, expires_in_days } from './new-credential.ts'
import { changedMeanwhile, ownChange, taken } from './own-change.ts'

/** `run_by`: the approver who runs the agent. `executors`: the audiences that it may ask; none by default. */
const members = {
  principals: z.array(principalId).min(1).max(50).optional(),
  executors: z.array(audienceUri).max(100).optional(),
  groups: z.array(nameOf(64)).max(20).optional(),
  run_by: principalId.nullable().optional(),
}

export const AddAgentArguments = z.strictObject({ id: clientId, ...members, expires_in_days })

export const addAgent = ownChange({
  name: 'countersign.agent.add',
  title: 'Let the agent {id} propose actions',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: true,
  arguments: AddAgentArguments,
  resource: ({ id }) => `agent:${id}`,
  check: async ({ store }, { id }) => ((await store.agent(id))?.revokedAt === null ? taken(id) : ok(true)),
  rows: ({ id, principals = [id], executors = [], groups = [], run_by: runBy = null }) => [
    agentRow({ id, principals, executors, groups, runBy }),
  ],
  async prepare(deps, { id, principals = [id], executors = [], groups = [], run_by: runBy = null, ...rest }) {
    const { secret, hash, credential, members } = await credentialFor(deps, 'agent', id, rest.expires_in_days)
    // Versions go on counting where an agent is registered anew, so that none comes twice.
    const version = ((await deps.store.agent(id))?.version ?? 0) + 1
    const { createdAt } = credential
    const agent = { id, principals, executors, groups, runBy, version, createdAt, revokedAt: null }
    return ok({
      change: { kind: 'agent.add', agent, credential, hash },
      type: 'agent.added',
      members: { ...agentMembers(agent), ...members },
      answer: { subject: id, credential: secret, expiresAt: credential.expiresAt },
    })
  },
})

/** `version`: of the agent that was edited. What is not given stays as it is. */
export const UpdateAgentArguments = z
  .strictObject({ id: clientId, version: z.int().min(1).max(2_147_483_646), ...members })
  .refine(
    ({ principals, executors, groups, run_by }) => (principals ?? executors ?? groups ?? run_by) !== undefined,
    'give principals, executors, groups or run_by',
  )

/** The elements of `after`, those of `before` first and in their order: the difference is what was added and removed. */
const orderedAs = (before: readonly string[], after: readonly string[]): readonly string[] => [
  ...before.filter((one) => after.includes(one)),
  ...after.filter((one) => !before.includes(one)),
]

const editedMeanwhile = () => changedMeanwhile('agent')

export const updateAgent = ownChange({
  name: 'countersign.agent.update',
  title: 'Change the agent {id}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: editedMeanwhile,
  arguments: UpdateAgentArguments,
  resource: ({ id }) => `agent:${id}`,
  async preview({ store }, { id, ...given }) {
    const now = await store.agent(id)
    if (!now) return previewOfMembers(`agent:${id}`, { id, ...given }, null)
    const { version, principals, executors, groups, runBy: run_by } = now
    const present = { version, principals, executors, groups, run_by }
    const named = Object.fromEntries(Object.entries(present).filter(([name]) => name in given))
    const sets = {
      ...(given.executors && { executors: orderedAs(executors, given.executors) }),
      ...(given.groups && { groups: orderedAs(groups, given.groups) }),
    }
    return previewOfMembers(`agent:${id}`, { id, ...given, ...sets }, { id, ...named })
  },
  async check({ store }, { id, version }) {
    const now = await store.agent(id)
    if (!now || now.revokedAt !== null) return refuse('not_found', `There is no agent ${id}. Add it first.`)
    return now.version === version ? ok(true) : editedMeanwhile()
  },
  rows: ({ id, version: _, ...given }, present) => [changedRow(present, 'agent', id, given)],
  // The statement that makes the change compares the version.
  async prepare({ store }, { id, version, principals, executors, groups, run_by: runBy }) {
    const now = await store.agent(id)
    if (!now || now.version < version) return editedMeanwhile()
    const agent = {
      ...now,
      principals: principals ?? now.principals,
      executors: executors ?? now.executors,
      groups: groups ?? now.groups,
      runBy: runBy === undefined ? now.runBy : runBy,
      version: version + 1,
    }
    return ok({
      change: { kind: 'agent.update', agent },
      type: 'agent.changed',
      members: agentMembers(agent),
      answer: { subject: id },
    })
  },
})
