/**
 * Proves an absence: its person signed for exactly this time and this deputy, with a passkey that is in force. SPEC 10.4,
 * 10.11.
 */
import type { ApproverKey, JsonObject } from '@countersign/verifier'
import { type AbsenceStatement, absenceChallenge, faultOfTime } from '../../domain/identity/absence.ts'
import { absenceRow, type ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import type { Config } from '../config.ts'
import { insistOn } from './prove-change.ts'
import { insistAnswered, keyBehind } from './prove-signature.ts'
import type { InForce } from './proven-rows.ts'
import { objectOf, textOf } from './safer-facts.ts'

/** Throws `Unproven`. */
export async function proveAbsence(
  { config }: { readonly config: Pick<Config, 'origin' | 'rpId'> },
  inForce: InForce,
  keys: ReadonlyMap<string, ApproverKey>,
  members: JsonObject,
): Promise<ConfigurationRow> {
  const proof = objectOf(members['signed'])
  const approver = textOf(members, 'approver')
  const key = keyBehind(inForce, keys, proof, approver)
  const statement = statementIn(config.origin, members)
  const { approver: _, deputy, from, until } = statement
  insistOn(faultOfTime(statement, Number(members['at'])) === null, 'its time is out of bounds')
  insistOn(deputy === null || inForce.present('person', deputy), 'its deputy is nobody here')
  await insistAnswered(config, { key, proof }, await absenceChallenge(statement))
  return absenceRow({ id: statement.absence, approver, deputy, fromAt: from, untilAt: until, endedAt: null })
}

const statementIn = (iss: string, members: JsonObject): AbsenceStatement => ({
  typ: 'countersign/absence/v1',
  iss,
  absence: textOf(members, 'absence'),
  approver: textOf(members, 'approver'),
  deputy: 'deputy' in members ? textOf(members, 'deputy') : null,
  from: Number(members['from']),
  until: Number(members['until']),
  nonce: textOf(objectOf(members['signed']), 'nonce'),
})
