/** A policy with other terms than the default one, for executors' actions: quorum, uses, or who may present the token. */
import type { Terms } from '../../src/domain/policy/policy.ts'
import { withPolicy } from '../setup/policy.ts'

type Given = Partial<Pick<Terms, 'quorum' | 'uses' | 'actor' | 'selfApproval'>>

export function withTerms({ quorum = 1, uses = 1, actor, selfApproval }: Given) {
  const more = [actor ? `@actor("${actor}")` : '', selfApproval === false ? '@self("no")' : '']
  return withPolicy(`@id("terms") @approvers("approver") @quorum("${quorum}") @uses("${uses}") ${more.join(' ')}
permit (principal, action, resource is Resource);`)
}
