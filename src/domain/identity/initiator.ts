/**
 * The initiator of an act that needs no consent: software with a credential, or a signed-in person. SPEC 8.
 */
import type { Approver, Caller } from './parties.ts'

export type Initiator = Caller | Approver

export const isPerson = (by: Initiator): by is Approver => !('kind' in by)

/** The member by which a ledger entry names its initiator. */
export const byMember = (by: Initiator): { readonly approver: string } | { readonly by: Caller['kind'] } =>
  isPerson(by) ? { approver: by.id } : { by: by.kind }
