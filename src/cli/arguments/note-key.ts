/** Keys of logs and witnesses from options. */
import { type NoteKey, ProofError, parseNoteKey } from '@countersign/verifier/proof'
import { usage } from '../exit.ts'

/** Throws a usage `Failure` naming `option`. */
export async function noteKey(vkey: string, option: string): Promise<NoteKey> {
  try {
    return await parseNoteKey(vkey)
  } catch (error) {
    if (error instanceof ProofError) throw usage(`${option}: ${error.message}.`)
    throw error
  }
}
