/**
 * Inviting a person to approve here: a link that works once, for 15 minutes. SPEC 10.
 */
import { base64urlEncode, sha256 } from '@countersign/verifier'
import { z } from 'zod'
import { nameOf } from '../../domain/identity/identifiers.ts'
import { ok } from '../../domain/refusal.ts'
import { ownChange } from './own-change.ts'

export const INVITATION_LIFE_SECONDS = 900

export const inviteApprover = ownChange({
  name: 'countersign.approver.invite',
  title: 'Invite {name} to approve here',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  arguments: z.strictObject({
    name: nameOf(100),
    roles: z
      .array(z.enum(['approver', 'admin', 'auditor']))
      .min(1)
      .max(3)
      .default(['approver']),
  }),
  resource: () => 'approvers',
  async prepare({ config, now, randomBytes }, { name, roles }, { request, approver }) {
    const secret = base64urlEncode(randomBytes(32))
    const hash = base64urlEncode(await sha256(secret))
    const createdAt = now()
    const expiresAt = createdAt + INVITATION_LIFE_SECONDS
    return ok({
      change: {
        kind: 'approver.invite',
        invitation: { hash, bootstrap: false, name, roles, invitedBy: approver, request, createdAt, expiresAt },
      },
      type: 'credential.added',
      members: {
        kind: 'invitation',
        credential: hash,
        roles,
        expires: expiresAt,
        ...(approver === null ? {} : { approver }),
      },
      answer: { subject: name, link: `${config.origin}/enrol#${secret}`, expiresAt },
    })
  },
})
