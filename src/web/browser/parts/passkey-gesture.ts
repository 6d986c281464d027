/** The passkey prompt, and a sentence for each way it can fail. */
import { startAuthentication, startRegistration } from '@simplewebauthn/browser'

export type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON']
export type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON']

export type Gesture<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

export const askForPasskey = (optionsJSON: RequestOptions) => attempt(() => startAuthentication({ optionsJSON }))

export const makePasskey = (optionsJSON: CreationOptions) => attempt(() => startRegistration({ optionsJSON }))

async function attempt<T>(gesture: () => Promise<T>): Promise<Gesture<T>> {
  if (!window.isSecureContext || !('PublicKeyCredential' in window))
    return { ok: false, message: 'This browser cannot use passkeys here. Try another browser, over https.' }
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
      return 'No passkey was used: the prompt was cancelled or timed out, or this device has no matching passkey. Nothing was sent.'
    case 'InvalidStateError':
      return 'This device already has a passkey for this site. Use another device or security key.'
    case 'SecurityError':
      return 'Your passkeys belong to another address. Check the address bar.'
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'This device has no passkeys with a PIN, fingerprint or face check. Try another device.'
    default:
      return 'The passkey could not be used. Nothing was sent. Try again.'
  }
}
