/**
 * What a directory said, signed by the log's key under a name of its own, as a signed note over JCS: whoever can only
 * write to the database can neither make nor alter it. SPEC 10.10.
 */
import { canonicalize, type JsonObject } from '@countersign/verifier'
import { ProofError, parseNote, signNote, verifyNote } from '@countersign/verifier/proof'
import { type LogKey, noteKeysOf, together } from './log-key.ts'

/** The name under which the log's key signs: it can be taken for no checkpoint and no seal of the configuration. */
export const provisioningName = (logOrigin: string): string => `${logOrigin}/provisioning`

const textOf = (key: LogKey, statement: JsonObject): string => `${key.signer.name}\n${canonicalize(statement)}\n`

/** The signature lines. */
export async function signStatement(key: LogKey, statement: JsonObject): Promise<string> {
  const text = textOf(key, statement)
  return (await Promise.all(together(key).map(({ signer }) => signNote(text, signer)))).join('')
}

/** Whether one of the log's keys signed exactly this. */
export async function isSigned(key: LogKey, statement: JsonObject, lines: string): Promise<boolean> {
  try {
    await verifyNote(parseNote(`${textOf(key, statement)}\n${lines}`), noteKeysOf(key))
    return true
  } catch (error) {
    if (error instanceof ProofError) return false
    throw error
  }
}
