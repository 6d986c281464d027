/** The claims of a token in plain words, without its text. */
import type { ApprovalClaims } from '@countersign/verifier'
import type { Fact } from '../terminal/table.ts'
import { instant } from '../terminal/time.ts'

export function tokenFacts(claims: ApprovalClaims): Fact[] {
  const [details] = claims.authorization_details
  const { approval } = claims
  return [
    ['action', details.name],
    ['on', details.resource],
    ['at', claims.aud],
    ['agent', claims.act.sub],
    ['for', claims.sub],
    ['may present it', claims.client_id],
    ['approved by', approvedBy(approval)],
    ['uses', String(details.uses)],
    ['valid', `${instant(claims.iat)} to ${instant(claims.exp)}`],
    ['bound to a key', claims.cnf ? claims.cnf.jkt : 'no'],
    ['bound to a state', details.state ?? 'no'],
    ['request', approval.request],
    ['digest', details.digest],
  ]
}

function approvedBy({ origin, quorum, separation }: ApprovalClaims['approval']): string {
  if (origin === 'policy') return 'policy, no human'
  const people = quorum === 1 ? 'one person' : `${quorum} people`
  return separation ? people : `${people}, one of them for themselves`
}
