/**
 * Proposes an action: a request to an executor as it is, a change to the authority after a check that it can be made,
 * so nobody is asked for a change that must fail. The authority states the values that a change replaces. SPEC 2, 10.
 */
import type { ActionSpec, Preview } from '@countersign/verifier'
import { previewOfArguments } from '../../domain/action/describe.ts'
import { OPERATOR_AGENT, ownAgent, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { viewRequest } from '../own-request.ts'
import { openRequest, type ProposalInput } from '../requests/ask.ts'
import { collectToken } from '../tokens/collect.ts'
import type { MintedToken } from '../tokens/issue.ts'
import type { ChangeNeeds } from './own-change.ts'
import { isOwnChange, parseOwnChange } from './own-changes.ts'

export const propose = (deps: Deps, caller: Caller, input: ProposalInput) =>
  openRequest(deps, caller, input, (action) => inspect(deps, action))

export const proposeChange = (deps: Deps, admin: Approver, action: unknown) =>
  propose(deps, pagesOf(admin), { audience: deps.config.origin, action, principal: admin.id })

/** Refuses: `not_found` for another admin's change; else as `collectToken`. */
export async function collectChange(deps: Deps, admin: Approver, id: string): Promise<Result<MintedToken>> {
  const seen = await viewRequest(deps, pagesOf(admin), id)
  if (!seen.ok || seen.value.principal !== admin.id) return refuse('not_found', 'You have proposed no such change.')
  return collectToken(deps, pagesOf(admin), id)
}

/** Previews the change; refuses one that could not be carried out now. */
async function inspect(deps: ChangeNeeds, action: ActionSpec): Promise<Result<Preview>> {
  // The policy denies what the catalogue does not offer.
  if (!isOwnChange(action.name)) return ok(previewOfArguments(action))
  const change = parseOwnChange(action)
  if (!change.ok) return change
  const possible = await change.value.check(deps)
  if (!possible.ok) return possible
  return ok(await change.value.preview(deps, action))
}

/** The admin, as the agent that the pages ask as. */
const pagesOf = ({ id }: Pick<Approver, 'id'>): Caller => ({
  kind: 'agent',
  credentialId: '',
  agent: ownAgent(PAGES_AGENT, id),
})

const OPERATOR: Caller = { kind: 'operator', credentialId: '', subject: OPERATOR_AGENT }

/** As whom the authority proposes for an admin, or for its operator where there is none. */
export const proposerOf = (admin: string | null): { readonly caller: Caller; readonly principal: string } =>
  admin === null
    ? { caller: OPERATOR, principal: OPERATOR_AGENT }
    : { caller: pagesOf({ id: admin }), principal: admin }
