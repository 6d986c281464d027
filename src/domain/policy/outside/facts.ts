/** The facts of a query that the template of an outside engine can name, as one JSON document. SPEC 11.2. */
import type { JsonObject } from '@countersign/verifier'
import type { PolicyQuery } from '../policy.ts'

export const FACTS = [
  'agent',
  'actors',
  'principal',
  'executor',
  'action',
  'resource',
  'arguments',
  'preview',
  'state',
  'time',
] as const

export type Facts = JsonObject & { readonly [Name in (typeof FACTS)[number]]: unknown }

export function factsOf(query: PolicyQuery): Facts {
  const { agent, executor, name, preview } = query
  const entry = executor.catalogue.find((candidate) => candidate.name === name)
  return {
    agent: { id: agent.id, groups: agent.groups, principals: agent.principals, run_by: agent.runBy },
    actors: query.actors,
    principal: query.principal,
    executor: { audience: executor.audience, title: executor.title },
    action: { name, effect: entry?.effect ?? null, reversible: entry?.reversible ?? null },
    resource: query.resource,
    arguments: query.arguments,
    preview: preview && { summary: preview.summary ?? null, changes: preview.changes.map((change) => ({ ...change })) },
    state: query.state,
    time: query.now,
  }
}
