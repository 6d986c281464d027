/** Changes to the authority on the wire: the action that asks for one, and what it made. SPEC 10. */
import { z } from 'zod'
import type { OwnChangeResult } from '../../authority/changes/own-change.ts'
import { Action } from '../requests/request-shapes.ts'
import { instant } from '../wire-fields.ts'

export const ChangeOrder = z
  .strictObject({ action: Action })
  .meta({ id: 'Administer', description: 'The approved action, whole; its token travels in Approval-Token' })

export const ChangeResult = z
  .strictObject({
    name: z.string(),
    subject: z.string().meta({ description: 'The party or thing that was added or changed' }),
    credential: z.string().optional().meta({ description: 'Shown once' }),
    expires_at: instant.optional(),
    link: z.url().optional().meta({ description: 'One-time enrolment link, shown once' }),
  })
  .meta({ id: 'Administered' })

export const changeResultView = ({ expiresAt, ...made }: OwnChangeResult): z.input<typeof ChangeResult> => ({
  ...made,
  expires_at: expiresAt,
})

export const FirstAdminLink = z.strictObject({ link: z.url() }).meta({ id: 'FirstAdminLink' })
