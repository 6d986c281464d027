/**
 * A credential that this browser makes: its digest goes into the form, so that admins consent to exactly it, and the
 * secret stays in this tab until the change is made. The authority never sees it before its first use. SPEC 10.10.
 */
import { base64urlEncode, sha256 } from '@countersign/verifier'

const keyOf = (digest: string): string => `countersign.secret ${digest}`

/** Fills the fields of the page that hold the digest of a new credential. */
export async function offerSecrets(): Promise<void> {
  for (const field of document.querySelectorAll<HTMLInputElement>('[data-new-secret]')) {
    const secret = `cs_directory_${base64urlEncode(crypto.getRandomValues(new Uint8Array(32)))}`
    field.value = base64urlEncode(await sha256(secret))
    sessionStorage.setItem(keyOf(field.value), secret)
  }
}

/** Gives the secret once. */
export function takeSecret(digest: unknown): string | undefined {
  const key = keyOf(String(digest))
  const secret = sessionStorage.getItem(key) ?? undefined
  sessionStorage.removeItem(key)
  return secret
}
