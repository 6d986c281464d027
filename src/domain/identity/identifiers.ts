/**
 * The form of names, ids and keys of parties, as schemas: on the wire and in changes to the authority alike. Checks
 * form alone; whether a party exists is the store's to say. SPEC 1, 10.
 */
import * as z from 'zod'

/** A name people read: no control characters, of which some hide the rest and one the database refuses. */
export const nameOf = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'no control characters')

/** 128 bits: the form of ids that the authority makes. */
export const base64url22 = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'it has 22 characters of base64url')

export const clientId = z
  .string()
  .regex(
    /^(?!countersign-)[a-z0-9][a-z0-9._-]{0,63}$/,
    'lower-case letters, digits, dot, underscore, hyphen; at most 64; not beginning with countersign-',
  )
  .meta({ description: 'Client id of an agent', example: 'helpdesk-agent' })

export const principalId = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._:@-]{0,127}$/)
  .meta({ description: 'The principal of an agent: an approver’s pseudonymous id or the name of a service' })

export const audienceUri = z
  .url()
  .max(256)
  .regex(/^[\x21-\x7e]*$/, 'a URI is visible ASCII')
  .meta({ description: 'URI of an executor', example: 'https://forum.example' })

/** What a person may do: at least one role, each once. */
export const Roles = z
  .array(z.enum(['approver', 'admin', 'auditor']))
  .min(1)
  .max(3)
  .refine((roles) => new Set(roles).size === roles.length, 'each role once')

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

export const PublicKey = z
  .strictObject({
    kty: z.enum(['EC', 'OKP']),
    crv: z.enum(['P-256', 'Ed25519']),
    x: coordinate,
    y: coordinate.optional(),
    kid: z.string().min(1).max(128),
    alg: z.enum(['ES256', 'EdDSA']),
    use: z.literal('sig').optional(),
    key_ops: z.array(z.literal('verify')).optional(),
  })
  .refine(
    ({ kty, crv, y, alg }) =>
      alg === 'ES256' ? kty === 'EC' && crv === 'P-256' && y : kty === 'OKP' && crv === 'Ed25519' && !y,
    'must be a public P-256 key for ES256, or Ed25519 for EdDSA',
  )
  .meta({ id: 'PublicJwk', description: 'A public key; a private one is refused' })
