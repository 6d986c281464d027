/**
 * The signatures that one private key made in this process, so that they need not be verified here.
 *
 * Kept are the newest 10,000, each with the SHA-256 hash of what was signed: some 2 MB. Any other signature is verified as
 * ever, a second valid one of the same bytes too. Whether the key is still published is for the caller to ask.
 */
import { base64urlEncode, sha256, type VerificationKey } from '@countersign/verifier'
import type { Sign } from '@countersign/verifier/authority'

const MOST = 10_000

export class MadeSignatures {
  readonly #signed = new Map<string, string>()

  /** `sign`, whose signatures are kept. */
  keeping(sign: Sign): Sign {
    return async (data) => {
      const signature = await sign(data)
      this.#signed.set(base64urlEncode(signature), base64urlEncode(await sha256(data)))
      const [oldest] = this.#signed.keys()
      if (this.#signed.size > MOST && oldest !== undefined) this.#signed.delete(oldest)
      return signature
    }
  }

  /** The public half, which is asked about other signatures alone. */
  sparing({ alg, verify }: VerificationKey): VerificationKey {
    return {
      alg,
      verify: async (signature, data) => {
        const signed = this.#signed.get(base64urlEncode(signature))
        return (signed !== undefined && signed === base64urlEncode(await sha256(data))) || verify(signature, data)
      },
    }
  }
}
