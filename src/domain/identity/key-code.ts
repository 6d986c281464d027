/**
 * The short code of a new passkey: its owner's page and the admin's show the same one, so that they can compare over
 * the telephone. SPEC 10.1.
 */
import { canonicalize, sha256 } from '@countersign/verifier'

/** Without letters and digits that look alike. */
const SIGNS = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'
const LENGTH = 8

/** As in `K7QM-4F2D`. */
export async function keyCode(approver: string, key: string): Promise<string> {
  const bytes = await sha256(canonicalize({ typ: 'countersign/key-code/v1', approver, key }))
  const signs = Array.from(bytes.slice(0, LENGTH), (byte) => SIGNS[byte % SIGNS.length])
  return `${signs.slice(0, 4).join('')}-${signs.slice(4).join('')}`
}
