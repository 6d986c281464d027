/** Passkeys, sessions and invitations on the wire. Members of WebAuthn JSON are checked by the passkey library. SPEC 5, 10. */
import * as z from 'zod'
import type { EnrolmentState } from '../../authority/people/ask-for-enrolment.ts'
import type { Enrolled } from '../../authority/people/enrol-person.ts'
import type { ShownInvitation } from '../../authority/people/invitations.ts'
import type { OwnSession } from '../../authority/people/sessions.ts'
import { nameOf } from '../../domain/identity/identifiers.ts'
import type { Approver, Passkey } from '../../domain/identity/parties.ts'
import { instant, jsonObject } from '../wire-fields.ts'

/** WebAuthn JSON as browsers make it; its inside is checked by the passkey library. */
export const credentialJson = z.looseObject({
  id: z.string().max(1400),
  rawId: z.string().max(1400),
  type: z.literal('public-key'),
  response: z.looseObject({}),
})

export const Assertion = z
  .strictObject({ assertion: credentialJson })
  .meta({ id: 'Assertion', description: 'AuthenticationResponseJSON' })

export const PasskeyOptions = z
  .strictObject({ options: jsonObject })
  .meta({ id: 'PasskeyOptions', description: 'PublicKeyCredentialRequestOptionsJSON or …CreationOptionsJSON' })

export const NewPasskeyOptions = z
  .strictObject({
    options: z.strictObject({ creation: jsonObject, request: jsonObject }).meta({
      description: 'PublicKeyCredentialCreationOptionsJSON and …RequestOptionsJSON: both answer the same challenge',
    }),
    statement: jsonObject.meta({ description: 'The enrolment statement, whose digest the challenge is' }),
  })
  .meta({ id: 'NewPasskeyOptions' })

const newKey = {
  label: nameOf(60).optional(),
  es256_only: z.boolean().optional().meta({ description: 'After a key that could not be used: ask for ES256 alone' }),
}
const trial = credentialJson.meta({ description: 'The new passkey’s own signature over the enrolment statement' })

export const PasskeyStart = z.strictObject(newKey)

export const MadePasskey = z.strictObject({ registration: credentialJson, trial })

export const PasskeyAddition = MadePasskey.extend({
  assertion: credentialJson.meta({
    description: 'An existing passkey’s signature over the statement about the new one',
  }),
})

export const AuthorisationOffer = z.strictObject({
  statement: jsonObject.meta({ description: 'What an existing passkey signs: the new one, and the enrolment’s nonce' }),
  options: jsonObject.meta({ description: 'PublicKeyCredentialRequestOptionsJSON' }),
})

export const PasskeyView = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    kid: z.string(),
    synced: z.boolean(),
    created_at: instant,
    last_used_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .meta({ id: 'Passkey' })

export const passkeyView = (passkey: Passkey): z.input<typeof PasskeyView> => ({
  id: passkey.credentialId,
  label: passkey.label,
  kid: passkey.key.kid,
  synced: passkey.key.be,
  created_at: passkey.createdAt,
  last_used_at: passkey.lastUsedAt,
  revoked_at: passkey.revokedAt,
})

export const Passkeys = z.strictObject({ passkeys: z.array(PasskeyView) })

export const SessionView = z
  .strictObject({ approver: z.string(), name: z.string().nullable(), roles: z.array(z.string()) })
  .meta({ id: 'SignedIn' })

export const sessionView = ({ id, name, roles }: Approver): z.input<typeof SessionView> => ({
  approver: id,
  name,
  roles: [...roles],
})

export const EnrolledView = SessionView.extend({
  waiting: z
    .strictObject({
      enrolment: z.string().meta({ description: 'The secret with which this page waits' }),
      code: z.string().meta({ description: 'The admin who consents sees the same one' }),
      request: z.string(),
      expires_at: instant,
    })
    .nullable()
    .meta({
      description: 'Null for the first admin, and for one whom a break-glass let in, who are signed in at once',
    }),
}).meta({ id: 'Enrolled' })

export function enrolledView({ session, waiting }: Enrolled): z.input<typeof EnrolledView> {
  if (session !== null) return { ...sessionView(session.approver), waiting: null }
  const { enrolment, code, request, expiresAt, person } = waiting
  return {
    approver: person.id,
    name: person.name,
    roles: [...person.roles],
    waiting: { enrolment, code, request, expires_at: expiresAt },
  }
}

export const WaitingSecret = z.strictObject({ enrolment: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })

export const EnrolmentStateView = z
  .strictObject({
    state: z.enum(['pending', 'enrolled', 'denied', 'expired', 'withdrawn', 'stopped']),
    person: SessionView.nullable().meta({ description: 'Once enrolled, and signed in' }),
  })
  .meta({ id: 'EnrolmentState' })

export const enrolmentStateView = (one: EnrolmentState): z.input<typeof EnrolmentStateView> => ({
  state: one.state,
  person: one.state === 'enrolled' ? sessionView(one.session.approver) : null,
})

export const Sessions = z.strictObject({
  sessions: z.array(
    z
      .strictObject({
        id: z.string(),
        passkey: z.string().meta({ description: 'Label of the passkey that it was begun with' }),
        created_at: instant,
        expires_at: instant,
        current: z.boolean().meta({ description: 'It is the one that asks' }),
      })
      .meta({ id: 'Session' }),
  ),
})

export const sessionsView = (sessions: readonly OwnSession[]): z.input<typeof Sessions> => ({
  sessions: sessions.map(({ createdAt, expiresAt, ...rest }) => ({
    ...rest,
    created_at: createdAt,
    expires_at: expiresAt,
  })),
})

export const InvitationSecret = z.strictObject({ invitation: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })

const listOf = <Shape extends z.ZodRawShape>(members: Shape) => z.array(z.strictObject(members)).readonly()

const Registered = z.strictObject({
  agents: listOf({
    agent: z.string(),
    principals: z.array(z.string()).readonly(),
    executors: z.array(z.string()).readonly(),
    groups: z.array(z.string()).readonly(),
    run_by: z.string().nullable(),
  }),
  executors: listOf({
    executor: z.string(),
    title: z.string(),
    catalogue: z.array(jsonObject).readonly(),
    challenge_keys: z.array(jsonObject).readonly(),
  }),
  credentials: listOf({ credential: z.string(), kind: z.string(), subject: z.string(), expires: instant }),
  killswitches: listOf({ killswitch: z.string(), selector: jsonObject }),
})

export const InvitationView = z
  .strictObject({
    bootstrap: z.boolean(),
    name: z.string().nullable(),
    roles: z.array(z.string()),
    recovers: z.boolean().meta({ description: 'A new passkey for a person whose devices are lost' }),
    break_glass: z
      .boolean()
      .meta({ description: 'Opened on the host: the passkey counts at once, and everybody is told' }),
    break_glass_reason: z
      .string()
      .nullable()
      .meta({ description: 'As it was given on the host; null for other invitations, and once erased' }),
    expires_at: instant,
    invited_by: z.string().nullable().meta({ description: 'Name of the person who invited; null for the operator' }),
    groups: z.array(z.string()).meta({ description: 'The groups that they are in from the first moment' }),
    registered: Registered.nullable().meta({ description: 'For the first admin: all that was registered before' }),
  })
  .meta({ id: 'Invitation' })

export const invitationView = (invitation: ShownInvitation): z.input<typeof InvitationView> => ({
  bootstrap: invitation.bootstrap,
  name: invitation.name,
  roles: [...invitation.roles],
  recovers: invitation.recovers !== null,
  break_glass: invitation.breakGlass,
  break_glass_reason: invitation.breakGlassReason,
  expires_at: invitation.expiresAt,
  invited_by: invitation.invitedBy,
  groups: [...invitation.groups],
  registered: invitation.registered,
})

export const EnrolmentStart = InvitationSecret.extend({
  name: nameOf(100),
  ...newKey,
})

export const Enrolment = InvitationSecret.extend({ registration: credentialJson, trial })
