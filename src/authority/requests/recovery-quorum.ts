/**
 * The number of other people who must consent before a person gets access again: two admins, where there are two
 * besides the person, whatever the policy says. Suspended ones count, so that no suspension lowers the number. SPEC
 * 10.2.
 */
import type { Proposal } from '../../domain/approval/new-request.ts'
import { RECOVER_APPROVER } from '../../domain/consent/eligibility.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

const OTHERS = 2

export async function byOthers(
  { config, store }: Uses<Pick<PeopleStore, 'countAdmins'>, 'config'>,
  { action, executor }: Pick<Proposal, 'action' | 'executor'>,
  decision: PolicyDecision,
): Promise<PolicyDecision> {
  const isRecovery = executor.audience === config.origin && action.name === RECOVER_APPROVER
  if (!isRecovery || decision.effect !== 'approval') return decision
  const quorum = Math.min(OTHERS, await store.countAdmins(String(action.arguments['approver'])))
  const { terms } = decision
  if (quorum <= terms.quorum) return decision
  return { ...decision, terms: { ...terms, quorum, approvers: [{ groups: ['admin'], count: quorum }], ordered: false } }
}
