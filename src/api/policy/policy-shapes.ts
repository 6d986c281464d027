/** The versions of the policy on the wire. SPEC 11. */
import * as z from 'zod'
import type { PolicyHistory } from '../../authority/reading/policy-history.ts'
import { base64url22 } from '../../domain/identity/identifiers.ts'
import type { PolicyVersion } from '../../domain/policy/policy.ts'
import { instant } from '../wire-fields.ts'

const version = {
  version: z.int(),
  digest: z.string().meta({ description: 'As statements, tokens and entries name it' }),
  author: z
    .string()
    .nullable()
    .meta({ description: 'The admin who proposed it, or `countersign-operator`; null for the default policy' }),
  request: base64url22.nullable().meta({ description: 'The request that authorised it' }),
  created_at: instant,
}

export const PolicyView = z.strictObject({ ...version, text: z.string() }).meta({ id: 'Policy' })

export const PoliciesView = z
  .strictObject({
    in_force: z.int(),
    versions: z
      .array(
        z.strictObject({
          ...version,
          reason: z.string().nullable().meta({ description: 'What its request said' }),
          approvers: z.array(z.string()).meta({ description: 'Ids of the people whose consents count' }),
        }),
      )
      .meta({ description: 'The latest first' }),
  })
  .meta({ id: 'Policies' })

const versionView = ({ version, digest, author, request, createdAt }: Omit<PolicyVersion, 'text'>) => ({
  version,
  digest,
  author,
  request,
  created_at: createdAt,
})

export const policyView = (policy: PolicyVersion): z.input<typeof PolicyView> => ({
  ...versionView(policy),
  text: policy.text,
})

export const policiesView = ({ inForce, versions }: PolicyHistory): z.input<typeof PoliciesView> => ({
  in_force: inForce,
  versions: versions.map((one) => ({ ...versionView(one), reason: one.reason, approvers: [...one.approvers] })),
})
