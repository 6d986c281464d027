/** The software passkey of the tests is accepted by a WebAuthn library that knows nothing of it. */
import { base64urlDecode, base64urlEncode, jwkThumbprint, verifyAssertion } from '@countersign/verifier'
import {
  type GenerateRegistrationOptionsOpts,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { expect, test } from 'vitest'
import { type CoseAlgorithm, createAuthenticator } from '../setup/authenticator.ts'

const rpId = 'approve.example'
const origin = 'https://approve.example'
const ALGORITHMS: CoseAlgorithm[] = [-7, -8, -257]

const creation = (): Promise<Awaited<ReturnType<typeof generateRegistrationOptions>>> => {
  const options: GenerateRegistrationOptionsOpts = { rpName: 'Test', rpID: rpId, userName: 'ada' }
  return generateRegistrationOptions(options)
}

test.each(ALGORITHMS)('registers and asserts with COSE algorithm %i', async (alg) => {
  const passkey = await createAuthenticator({ rpId, origin, alg, be: true })
  const options = await creation()
  const registered = await verifyRegistrationResponse({
    response: await passkey.register(options),
    expectedChallenge: options.challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    supportedAlgorithmIDs: ALGORITHMS,
  })
  expect(registered.verified).toBe(true)
  const info = registered.registrationInfo
  if (info === undefined) throw new Error('not registered')
  expect(info.credential.id).toBe(passkey.credentialId)
  expect(info.credentialDeviceType).toBe('multiDevice')
  expect(passkey.userHandle).toBe(options.user.id)

  const challenge = base64urlEncode(crypto.getRandomValues(new Uint8Array(32)))
  const response = await passkey.assert({ challenge })
  const verdict = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    credential: info.credential,
  })
  expect(verdict.verified).toBe(true)

  expect(await jwkThumbprint(passkey.approverKey)).toBe(passkey.kid)
  await verifyAssertion({
    challenge: base64urlDecode(challenge),
    authenticatorData: base64urlDecode(response.response.authenticatorData),
    clientDataJson: base64urlDecode(response.response.clientDataJSON),
    signature: base64urlDecode(response.response.signature),
    key: passkey.approverKey,
    rpId,
    origins: [origin],
  })
})
