/**
 * Seals: the key of a log signs the digest of a row beside the log, under a name that is no log's.
 *
 * Says who sealed it, never what the row may do. C2SP signed-note.
 */
import { keyId, type NoteKey, parseNote, type Signer, verifyNote } from './note.ts'
import { type NoteSigner, signNote } from './sign.ts'

const nameOf = (log: string): string => `${log}/row`

const textOf = (log: string, digest: string): string => `${nameOf(log)}\n${digest}\n`

/** A signature line of each signer. `digest` is `sha-256:` of the row. */
export async function sealDigest(digest: string, signers: readonly NoteSigner[]): Promise<string> {
  const lines = signers.map((signer) => signNote(textOf(signer.name, digest), { ...signer, name: nameOf(signer.name) }))
  return (await Promise.all(lines)).join('')
}

/** The keys that sealed it, of those of one log. Throws `ProofError` where there is none, or one does not verify. */
export async function verifySeal(digest: string, seal: string, keys: readonly NoteKey[]): Promise<readonly Signer[]> {
  const log = keys[0]?.name ?? ''
  return verifyNote(parseNote(`${textOf(log, digest)}\n${seal}`), await Promise.all(keys.map(asSealing)))
}

async function asSealing(key: NoteKey): Promise<NoteKey> {
  const name = nameOf(key.name)
  return { ...key, name, id: await keyId(name, key.type, key.publicKey) }
}
