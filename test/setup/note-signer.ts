/** A signer of notes with a key of its own: a log, or a witness. */
import type { NoteSigner } from '@countersign/verifier/proof'

export async function makeSigner(name: string): Promise<NoteSigner> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('no key pair')
  return {
    name,
    sign: async (data) => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, data)),
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
  }
}
