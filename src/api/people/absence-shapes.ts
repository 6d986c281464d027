/** Absences on the wire. SPEC 10.11. */
import * as z from 'zod'
import type { AbsenceView } from '../../authority/absences/end-absence.ts'
import { MAX_ABSENCE_DAYS } from '../../domain/identity/absence.ts'
import { principalId } from '../../domain/identity/identifiers.ts'
import { instant, jsonObject } from '../wire-fields.ts'
import { credentialJson } from './people-shapes.ts'

export const AbsenceStart = z.strictObject({
  deputy: principalId
    .max(32)
    .nullable()
    .optional()
    .meta({ description: 'Who answers in their place; null or absent: nobody' }),
  from: instant.optional().meta({ description: 'Default: now' }),
  until: instant.meta({ description: `At most ${MAX_ABSENCE_DAYS} days after it begins` }),
})

export const AbsenceOffer = z.strictObject({
  statement: jsonObject.meta({ description: 'What the passkey signs' }),
  options: jsonObject.meta({ description: 'PublicKeyCredentialRequestOptionsJSON' }),
})

export const AbsenceSignature = z.strictObject({ assertion: credentialJson })

export const AbsenceShape = z
  .strictObject({
    id: z.string(),
    approver: z.string(),
    deputy: z.string().nullable(),
    from: instant,
    until: instant,
    stated_at: instant,
    away: z.boolean().meta({ description: 'It is under way' }),
  })
  .meta({ id: 'Absence' })

export const Absences = z.strictObject({ absences: z.array(AbsenceShape) })

export const absenceView = (absence: AbsenceView) => ({
  id: absence.id,
  approver: absence.approver,
  deputy: absence.deputy,
  from: absence.fromAt,
  until: absence.untilAt,
  stated_at: absence.statedAt,
  away: absence.isAway,
})
