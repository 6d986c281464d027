/** Rules about credentials of software: each is sealed by the log's key. The seals are checked in `check-credentials`. SPEC 10.4. */
import { canonicalize, type JsonObject } from '@countersign/verifier'
import { textOf } from '../log/read-entry.ts'
import type { Case, Rule } from './rule.ts'

/** A receiver's address and a link: neither calls the authority. */
const CALL_NOTHING = ['webhook', 'invitation']

const contentOf = ({ hash = null, expires = null }: JsonObject, kind: string, subject: string): JsonObject => ({
  hash,
  kind,
  subject,
  expires,
})

export function noteCredential({ members, facts, index }: Case, kind: string, subject: string): void {
  if (CALL_NOTHING.includes(kind)) return
  const seal = textOf(members, 'seal')
  facts.credentials.set(textOf(members, 'credential') ?? '', {
    index,
    content: contentOf(members, kind, subject),
    seals: seal === undefined ? [] : [seal],
  })
}

/** The seal of a further key, over the same credential. */
export const credentialSealed: Rule = ({ members, facts, report }) => {
  const id = textOf(members, 'credential') ?? ''
  const known = facts.credentials.get(id)
  const content = contentOf(members, textOf(members, 'kind') ?? '', textOf(members, 'subject') ?? '')
  if (known === undefined || canonicalize(known.content) !== canonicalize(content)) {
    return report('credential_unsealed', id, 'the sealed one was never registered')
  }
  known.seals.push(textOf(members, 'seal') ?? '')
}
