/**
 * Recovering the access of a person who lost their devices: they made a new passkey with a one-time link, and others
 * consent to exactly this key. Then the old passkeys end. The person's own consent never counts. SPEC 10.2.
 */

import { RECOVER_APPROVER } from '../../domain/consent/eligibility.ts'
import { passkeyRow } from '../../domain/identity/configuration-rows.ts'
import { isPresent } from '../../domain/identity/parties.ts'
import { ok, refuse } from '../../domain/refusal.ts'
import { leaverEntries } from '../stop/revocation-entries.ts'
import { PasskeyArguments, passkeyMembers, waitingFor } from './enrol-change.ts'
import { ownChange } from './own-change.ts'

export const recoverApprover = ownChange({
  name: RECOVER_APPROVER,
  title: 'Give {name} access again, with the passkey {code}',
  effect: 'write',
  reversible: false,
  beforeFirstAdmin: false,
  arguments: PasskeyArguments,
  resource: ({ approver }) => `approver:${approver}`,
  check: (deps, asked) => waitingFor(deps, asked),
  rows: ({ approver, key, synced }) => [passkeyRow({ approver, key: { kid: key, be: synced } })],
  async replaced({ store }, { approver }) {
    const [person, passkeys] = await Promise.all([store.approver(approver), store.passkeysOf(approver)])
    const live = passkeys.filter(({ revokedAt }) => revokedAt === null).map(({ label }) => label)
    return person ? { approver, name: person.name, passkeys_that_end: live } : null
  },
  async prepare(deps, asked) {
    const waiting = await waitingFor(deps, asked)
    if (!waiting.ok) return waiting
    const { approver } = asked
    const person = await deps.store.approver(approver)
    if (!person || !isPresent(person)) return refuse('not_found', 'This person is not here any more, or is suspended.')
    const { passkey, proof } = waiting.value
    return ok({
      change: { kind: 'approver.recover', approver, passkey, at: deps.now() },
      type: 'approver.recovered',
      members: { approver },
      further: [{ type: 'credential.added', members: { approver, ...(await passkeyMembers({ passkey, proof })) } }],
      entriesFor: leaverEntries,
      answer: { subject: asked.name },
    })
  },
})
