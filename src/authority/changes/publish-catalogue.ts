/**
 * An executor publishes its catalogue with its own credential. A catalogue that differs from the present one proposes
 * a change, which is made as soon as enough admins have consented. The same catalogue again returns the same request;
 * another one replaces the request that waits. SPEC 10.6.
 */
import { digestOf, newSalt } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { EXECUTOR_AGENT, ownAgent } from '../../domain/identity/own-agents.ts'
import type { Caller, CatalogueEntry, Executor } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { tooMany } from '../refusals.ts'
import { withdraw } from '../requests/view.ts'
import { collectToken } from '../tokens/collect.ts'
import { performChange } from './perform-change.ts'
import { propose } from './propose-change.ts'

export interface Publication {
  /** The executor's present version. */
  readonly version: number
  /** The request that an admin answers; null where the catalogue is in force. */
  readonly request: ApprovalRequest | null
}

/** Refuses: `forbidden`, `rate_limited`, and as a proposed change does. */
export async function publishCatalogue(
  deps: Deps,
  caller: Caller,
  catalogue: readonly CatalogueEntry[],
): Promise<Result<Publication>> {
  if (caller.kind !== 'executor')
    return refuse('forbidden', 'Only executors publish a catalogue. Use an executor’s credential.')
  const { executor } = caller
  const waitSeconds = await deps.limits.take('executor', executor.audience)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const published = await digestOfCatalogue(catalogue)
  if (published === (await digestOfCatalogue(executor.catalogue)))
    return ok({ version: executor.version, request: null })
  const opened = await proposePublication(deps, executor, catalogue, published)
  if (!opened.ok) return opened
  const { request } = opened.value
  await withdrawOthers(deps, executor, request.id)
  if (request.state !== 'approved') return ok({ version: executor.version, request })
  const made = await settlePublication(deps, request)
  return made.ok ? ok({ version: executor.version + 1, request: null }) : made
}

const digestOfCatalogue = (catalogue: readonly CatalogueEntry[]) =>
  digestOf({ typ: 'countersign/catalogue/v1', catalogue: catalogue.map(plainJson) })

/** The executor, as the agent that asks for it. */
const publisherOf = (audience: string): Caller => ({
  kind: 'agent',
  credentialId: '',
  agent: ownAgent(EXECUTOR_AGENT, audience),
})

function proposePublication(
  deps: Deps,
  { audience, version }: Executor,
  catalogue: readonly CatalogueEntry[],
  digest: string,
) {
  const action = {
    name: 'countersign.executor.update',
    resource: `executor:${audience}`,
    arguments: plainJson({ audience, version, catalogue }),
    salt: newSalt(),
  }
  const key = { idempotencyKey: `${audience} ${version} ${digest}`, bodyHash: digest }
  return propose(deps, publisherOf(audience), { audience: deps.config.origin, action, principal: audience, ...key })
}

/** At most one publication of an executor waits. */
async function withdrawOthers(deps: Deps, { audience }: Executor, kept: string): Promise<void> {
  const filter = { agent: EXECUTOR_AGENT, principal: audience, state: 'pending' as const }
  const { requests } = await deps.store.listRequests({ filter, scope: {}, after: null, limit: 50, now: deps.now() })
  for (const { id } of requests.filter((other) => other.id !== kept)) await withdraw(deps, publisherOf(audience), id)
}

/** Refuses as `collectToken` and `performChange` do. */
export async function settlePublication(deps: Deps, { id, action, principal }: ApprovalRequest): Promise<Result<true>> {
  const executor = await deps.store.executor(principal)
  if (!action || !executor)
    return refuse('not_found', 'The request or its executor is gone. Publish the catalogue again.')
  const collected = await collectToken(deps, publisherOf(principal), id)
  if (!collected.ok) return collected
  const by = { kind: 'executor', credentialId: '', executor } as const
  const made = await performChange(deps, by, { action, token: collected.value.token })
  return made.ok ? ok(true) : made
}
