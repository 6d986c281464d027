/** Sessions and invitations on the wire. SPEC 10. */
import { z } from 'zod'
import { nameOf } from '../../domain/identity/identifiers.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { instant } from '../wire-fields.ts'
import { credentialJson } from './passkey-shapes.ts'

export const SessionView = z
  .strictObject({ approver: z.string(), name: z.string().nullable(), roles: z.array(z.string()) })
  .meta({ id: 'SignedIn' })

export const sessionView = ({ id, name, roles }: Approver): z.input<typeof SessionView> => ({
  approver: id,
  name,
  roles: [...roles],
})

export const InvitationSecret = z.strictObject({ invitation: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })

export const InvitationView = z
  .strictObject({
    bootstrap: z.boolean(),
    name: z.string().nullable(),
    roles: z.array(z.string()),
    expires_at: instant,
    registered: z
      .strictObject({ agents: z.array(z.string()), executors: z.array(z.string()) })
      .meta({ description: 'Parties that were registered before there was an admin' }),
  })
  .meta({ id: 'Invitation' })

/** An invitation as its link shows it; `registered` is what the first admin finds. */
interface Invitation {
  readonly bootstrap: boolean
  readonly name: string | null
  readonly roles: readonly string[]
  readonly expiresAt: number
  readonly registered: { readonly agents: readonly string[]; readonly executors: readonly string[] }
}

export const invitationView = (invitation: Invitation): z.input<typeof InvitationView> => ({
  bootstrap: invitation.bootstrap,
  name: invitation.name,
  roles: [...invitation.roles],
  expires_at: invitation.expiresAt,
  registered: {
    agents: [...invitation.registered.agents],
    executors: [...invitation.registered.executors],
  },
})

export const EnrolmentStart = InvitationSecret.extend({
  name: nameOf(100),
  label: nameOf(60).optional(),
})

export const Enrolment = InvitationSecret.extend({ registration: credentialJson })
