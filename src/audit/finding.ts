/**
 * The findings of an audit: a closed list of codes, each with its sentence, and the collection of one run.
 *
 * The first findings of each code are kept and all are counted, so that a ruined log does not fill the auditor's
 * memory. SPEC 8.
 */

export const FINDINGS = {
  checkpoint_signature: 'The checkpoint is not signed by the key of this log',
  root_mismatch: 'The entries do not lead to the root that the log signed',
  tile_mismatch: 'A tile does not hold the hashes of the entries',
  log_incomplete: 'The log does not serve what its checkpoint commits to',
  fork: 'The log signed two histories: its earlier entries are not the beginning of the present ones',
  rewind: 'The log is shorter than it was',
  entry_malformed: 'An entry is not JSON, or lacks a member that every entry has',
  entry_not_canonical: 'An entry is not canonical JSON',
  entry_unknown_type: 'An entry is of a type that the ledger does not have',
  time_backwards: 'Time runs backwards',
  time_ahead: 'An entry is dated in the future',
  trace_mismatch: 'An entry has another trace than its request',
  request_duplicate: 'A request was opened or decided twice',
  request_unknown: 'A fact names a request that was never opened',
  request_ended_twice: 'A request ended twice',
  decision_missing: 'A fact rests on a decision that was never taken',
  decision_terms: 'A decision asks for a number of people that is not allowed',
  grant_missing: 'A call was approved under a grant that does not exist, or is of other parties',
  change_mismatch: 'A changed request does not follow from the one whose place it took',
  agent_unknown: 'An agent that was never added acts',
  agent_removed: 'An agent acts after it was removed',
  executor_unknown: 'An executor that was never added acts',
  executor_removed: 'An executor acts after it was removed',
  consent_after_end: 'A consent was given after the request had ended',
  consent_key_unknown: 'A consent is by a passkey that its approver never enrolled',
  consent_key_revoked:
    'A consent is by a passkey that was revoked before, or of an approver who was removed or suspended',
  consent_outside_group: 'A consent is by somebody who was in none of the groups that the decision asks',
  consent_of_no_use: 'A consent is by somebody whose turn it was not, or for whom no place was left',
  consent_delegation: 'A consent was given in the place of somebody whose deputy its approver was not',
  absence_signature: 'An absence was stated without its person’s signature over its time and deputy',
  absence_duplicate: 'An absence was stated twice',
  consent_duplicate: 'One approver consented twice to one request',
  consent_replayed: 'One consent is in the ledger twice',
  consent_signature: 'A passkey signature does not hold',
  consent_other_statement: 'A passkey signed another statement than the entry shows',
  consent_synced:
    'A consent is by a passkey that is synced between devices, and the decision asks for one bound to its device',
  consent_own: 'Somebody approved for themselves, and the decision does not let them',
  consent_mixed: 'One request was approved by people for themselves and by others, which do not mix',
  consent_unlogged: 'A token carries a consent that the ledger does not hold',
  consent_expired: 'A token outlives a consent it carries',
  token_duplicate: 'A token was issued twice',
  token_quorum: 'A token was issued without its quorum of distinct people',
  token_without_allow: 'A policy’s token was issued without a decision to allow',
  token_after_end: 'A token was issued for a request that had been denied, withdrawn or had expired',
  token_mismatch: 'A token differs from the request it was issued for',
  token_signature: 'A token is not signed by a key of this authority',
  token_signature_lost: 'The signature of a token was not kept, so nothing shows which key made it',
  token_claims: 'The claims of a token are not those its entry names',
  token_unlogged: 'A token exists that the ledger does not know',
  token_not_served: 'A token has ended and its text is not served',
  token_life: 'A token lives longer than allowed',
  separation_untrue: 'An entry or token says wrongly whether somebody approved for themselves',
  redemption_without_token: 'A token was redeemed that was never issued',
  redemption_mismatch: 'A redemption differs from its token',
  redemption_duplicate: 'One use of a token was redeemed twice',
  redemption_beyond_uses: 'A token was redeemed more often than it may be',
  redemption_after_end: 'A token was redeemed after it had been revoked or had expired',
  round_without_redemption: 'A call went on that was not redeemed, or whose outcome was known',
  outcome_without_redemption: 'An outcome was reported without a redemption',
  outcome_duplicate: 'The outcome of one redemption was reported twice',
  revocation_without_token: 'A token was revoked that was never issued',
  bootstrap_after_admin: 'A change used the right of the first start, and there was an admin already',
  change_without_approval: 'The authority was changed without an approval for it that was spent',
  killswitch_ignored: 'A kill switch was engaged, and a matching decision, token, redemption or allowed call followed',
  killswitch_unknown: 'A kill switch was released that was not engaged',
  configuration_unproven: 'A row that is in force does not follow from the approved changes in the ledger',
  configuration_lifted: 'A kill switch is not in force, and the ledger has no approved release of it',
  configuration_unsealed: 'The seal of the configuration is not over the entries about it',
  configuration_unreadable: 'What the authority says of its configuration cannot be read, or is of another log',
  killswitch_duplicate: 'A kill switch was engaged twice under one id',
  registered_other: 'The first admin signed for other things than were registered before',
  enrolment_signature: 'A passkey was enrolled without its signature over what it may do',
  approver_duplicate: 'An approver was enrolled twice',
  membership_unsealed: 'A directory’s word about a group has no seal of the log’s key',
  signing_key_unsealed: 'A signing key was registered without the seal of the log’s key',
  credential_unsealed: 'A credential of software was registered without the seal of the log’s key',
  erasure_unsealed: 'Texts were erased without the seal of the log’s key',
  break_glass_unproven:
    'An admin was let in, or a warning was ended, without a break-glass that was opened on the host',
  key_duplicate: 'A passkey was enrolled twice',
  key_without_authority: 'A passkey was enrolled without authorisation',
  key_thumbprint: 'A key does not have the thumbprint it states',
  signing_key_unlogged: 'A key that the ledger does not name signs tokens, or one signs too early',
} as const

export type FindingCode = keyof typeof FINDINGS

export interface Finding {
  readonly code: FindingCode
  /** The entry at fault; null where it is not one alone. */
  readonly index: number | null
  /** Epoch seconds, as the entry states; null where there is none. */
  readonly at: number | null
  /** A jti, a request, a key. */
  readonly subject: string
  /** The observation, in words. May be empty. */
  readonly detail: string
}

export interface Findings {
  readonly report: (finding: Finding) => void
  /** In the order they were found. */
  readonly list: () => readonly Finding[]
  readonly counts: () => Readonly<Partial<Record<FindingCode, number>>>
  readonly total: () => number
}

const KEPT_OF_EACH = 100

export function createFindings(): Findings {
  const kept: Finding[] = []
  const counts = new Map<FindingCode, number>()
  return {
    report(finding) {
      const count = (counts.get(finding.code) ?? 0) + 1
      counts.set(finding.code, count)
      if (count <= KEPT_OF_EACH) kept.push(finding)
    },
    list: () => kept,
    counts: () => Object.fromEntries(counts),
    total: () => Array.from(counts.values()).reduce((sum, count) => sum + count, 0),
  }
}
