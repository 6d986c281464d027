/** The parts of Node that `node.ts` uses, so that the package compiles without the types of any platform. */
declare module 'node:buffer' {
  interface Bytes extends Uint8Array<ArrayBuffer> {
    toString(encoding: 'base64url'): string
  }
  export const Buffer: {
    from(text: string, encoding: 'base64url' | 'binary'): Bytes
    from(buffer: ArrayBufferLike, byteOffset: number, length: number): Bytes
  }
}

declare module 'node:crypto' {
  interface KeyObject {
    readonly type: 'public' | 'private' | 'secret'
  }
  type KeyInput = { readonly key: JsonWebKey; readonly format: 'jwk' }
  type SigningInput = { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' }

  export const hash: undefined | ((algorithm: 'sha256', data: Uint8Array, encoding: 'binary') => string)
  export function createHash(algorithm: 'sha256'): { update(data: Uint8Array): { digest(): Uint8Array } }
  export function createPublicKey(key: KeyInput): KeyObject
  export function createPrivateKey(key: KeyInput): KeyObject
  export function sign(algorithm: 'sha256' | null, data: Uint8Array, key: SigningInput): Uint8Array
  export function verify(
    algorithm: 'sha256' | null,
    data: Uint8Array,
    key: SigningInput,
    signature: Uint8Array,
  ): boolean
}
