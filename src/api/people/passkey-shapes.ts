/** Passkeys on the wire. Members of WebAuthn JSON are checked by the passkey library. SPEC 5. */
import { z } from 'zod'
import { nameOf } from '../../domain/identity/identifiers.ts'
import type { Passkey } from '../../domain/identity/parties.ts'
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

export const PasskeyStart = z.strictObject({ label: nameOf(60).optional() })

export const PasskeyAddition = z
  .strictObject({ assertion: credentialJson, registration: credentialJson })
  .meta({ description: 'A gesture with an existing passkey authorises the new one' })

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
