/**
 * The passkey gesture, and what to say when it does not happen.
 *
 * In: WebAuthn options as JSON. Out: what the browser returns, or a sentence for a person.
 */
import { startAuthentication, startRegistration } from '@simplewebauthn/browser'

export type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON']
export type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON']

export type Gesture<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

export const askForPasskey = (optionsJSON: RequestOptions) => attempt(() => startAuthentication({ optionsJSON }))

export const makePasskey = (optionsJSON: CreationOptions) => attempt(() => startRegistration({ optionsJSON }))

async function attempt<T>(gesture: () => Promise<T>): Promise<Gesture<T>> {
  if (!window.isSecureContext || !('PublicKeyCredential' in window))
    return { ok: false, message: 'This browser cannot use passkeys here. Try another one, over https.' }
  try {
    return { ok: true, value: await gesture() }
  } catch (error) {
    return { ok: false, message: sentenceOf(error instanceof Error ? error.name : '') }
  }
}

function sentenceOf(name: string): string {
  switch (name) {
    case 'NotAllowedError':
    case 'AbortError':
      return 'No passkey answered: it was cancelled, took too long, or there is none here that fits. Nothing was sent.'
    case 'InvalidStateError':
      return 'This device already has a passkey for you here. Use another device or security key.'
    case 'SecurityError':
      return 'This address is not the one your passkeys belong to. Check the address bar.'
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'This device offers no passkey with a PIN, fingerprint or face check. Try another one.'
    default:
      return 'The passkey could not be used. Nothing was sent. Try again.'
  }
}
