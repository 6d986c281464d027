/** `#platform` in browsers, on Workers and wherever else there is no node:crypto: Web Crypto. */
import type { KeyAlgorithm, Platform } from './platform.ts'

const ALGORITHMS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const satisfies Record<KeyAlgorithm, object>

export const toBase64url: Platform['toBase64url'] = (bytes) => {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export const fromBase64url: Platform['fromBase64url'] = (text) => {
  const binary = decode(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

function decode(base64: string): string {
  try {
    return atob(base64)
  } catch {
    return ''
  }
}

export const sha256: Platform['sha256'] = async (data) => new Uint8Array(await crypto.subtle.digest('SHA-256', data))

export const importPublicKey: Platform['importPublicKey'] = async (jwk, alg) => {
  const key = await crypto.subtle.importKey('jwk', jwk, ALGORITHMS[alg], false, ['verify'])
  return (signature, data) => crypto.subtle.verify(ALGORITHMS[alg], key, signature, data)
}

export const importPrivateKey: Platform['importPrivateKey'] = async (jwk, alg) => {
  const key = await crypto.subtle.importKey('jwk', jwk, ALGORITHMS[alg], false, ['sign'])
  return async (data) => new Uint8Array(await crypto.subtle.sign(ALGORITHMS[alg], key, data))
}
