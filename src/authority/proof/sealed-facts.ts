/**
 * Entries whose row carries a seal of the log's key, by type: rows with a part that no person consents to word for word.
 * To prove rows of a new kind so: a `RowKind` with its function in `domain/identity/configuration-rows`; `sealRow` of that
 * row as the member `seal` of its entry, beside all that the row holds; a line here, which makes the row from the entry; a
 * line in `safer-facts` for each entry that ends it; and a `Kind` in `proven-store` for each verb that reads it. An id is
 * used once: a row that was ended never returns. SPEC 10.4.
 */
import type { JsonObject } from '@countersign/verifier'
import {
  acknowledgementRow,
  breakGlassRow,
  type ConfigurationRow,
  credentialRow,
  erasureRow,
  leftRow,
  logKeyRow,
  policyVersionRow,
  type RowKind,
  signingKeyRow,
} from '../../domain/identity/configuration-rows.ts'
import type { CredentialKind } from '../../domain/identity/parties.ts'
import { objectOf, textOf } from './safer-facts.ts'

type Sealing = (members: JsonObject) => ConfigurationRow | undefined

const credentialOf =
  (kind: CredentialKind, owner: string): Sealing =>
  (members) =>
    rowOf(members, kind, textOf(members, owner))

const rowOf = (members: JsonObject, kind: string, subject: string): ConfigurationRow =>
  credentialRow({
    id: textOf(members, 'credential'),
    kind,
    subject,
    hash: textOf(members, 'hash'),
    expiresAt: Number(members['expires']),
  })

/** Kinds whose seal is the whole proof, also where the approval behind it was erased or deleted. */
const ALONE: readonly RowKind[] = ['left', 'policyversion', 'signingkey']

export const isProvenAlone = ({ kind }: ConfigurationRow): boolean => ALONE.includes(kind)

/** A row of such a kind, sealed by a further key of the log. */
function sealedAnew(members: JsonObject): ConfigurationRow | undefined {
  const kind = ALONE.find((one) => one === members['kind'])
  return kind && { kind, id: textOf(members, 'subject'), content: objectOf(members['content']) }
}

const SEALED: Readonly<Record<string, Sealing>> = {
  'agent.added': credentialOf('agent', 'agent'),
  'executor.added': credentialOf('executor', 'executor'),
  'credential.added': (members) => rowOf(members, textOf(members, 'kind'), textOf(members, 'subject')),
  'credential.sealed': (members) => rowOf(members, textOf(members, 'kind'), textOf(members, 'subject')),
  'erasure.ordered': (members) =>
    erasureRow({
      id: textOf(members, 'order'),
      rule: textOf(members, 'rule'),
      subject: 'subject' in members ? textOf(members, 'subject') : null,
      before: Number(members['before']),
      request: textOf(members, 'request'),
    }),
  'key.rotated': (members) =>
    signingKeyRow({
      kid: textOf(members, 'key'),
      publicJwk: objectOf(members['public_key']),
      publishedAt: Number(members['published']),
      signsFrom: Number(members['signs_from']),
      retiredAt: null,
    }),
  'policy.changed': (members) => policyVersionRow(Number(members['version']), textOf(members, 'policy')),
  'approver.removed': (members) => leftRow(textOf(members, 'approver')),
  'configuration.sealed': sealedAnew,
  'logkey.sealed': (members) => logKeyRow(textOf(members, 'log_vkey')),
  'breakglass.opened': (members) =>
    breakGlassRow({
      id: textOf(members, 'breakglass'),
      hash: textOf(members, 'hash'),
      openedAt: Number(members['opened']),
      expiresAt: Number(members['expires']),
    }),
  'breakglass.acknowledged': (members) =>
    acknowledgementRow(textOf(members, 'breakglass'), 'approver' in members ? textOf(members, 'approver') : null),
}

/** The row that a sealed entry states; undefined for an entry without a seal. */
export const sealedRow = (type: string, members: JsonObject): ConfigurationRow | undefined =>
  'seal' in members ? SEALED[type]?.(members) : undefined
