/**
 * Proves a session of an agent: somebody who may open one signed for this agent, this purpose and this end, with a passkey
 * that is in force. SPEC 10.4, 10.9.
 */
import type { ApproverKey, JsonObject } from '@countersign/verifier'
import {
  type AgentSessionStatement,
  MAX_SESSION_MINUTES,
  ON_CALL,
  sessionChallenge,
} from '../../domain/identity/agent-session.ts'
import { agentSessionRow, type ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import type { Config } from '../config.ts'
import { insistOn } from './prove-change.ts'
import { insistAnswered, keyBehind } from './prove-signature.ts'
import type { InForce } from './proven-rows.ts'
import { objectOf, textOf } from './safer-facts.ts'

/** Throws `Unproven`. */
export async function proveSession(
  { config }: { readonly config: Pick<Config, 'origin' | 'rpId'> },
  inForce: InForce,
  keys: ReadonlyMap<string, ApproverKey>,
  members: JsonObject,
): Promise<ConfigurationRow> {
  const proof = objectOf(members['signed'])
  const statement = statementIn(config.origin, members, proof)
  const { agent, approver: openedBy, ends: endsAt } = statement
  const key = keyBehind(inForce, keys, proof, openedBy)
  insistOn(mayOpen(inForce, openedBy, agent), 'its person opens no sessions of this agent')
  const openedAt = Number(members['at'])
  insistOn(endsAt > openedAt && endsAt - openedAt <= MAX_SESSION_MINUTES * 60, 'its end is out of bounds')
  await insistAnswered(config, { key, proof }, await sessionChallenge(statement))
  return agentSessionRow({ id: textOf(members, 'session'), agent, openedBy, openedAt, endsAt, endedAt: null })
}

const statementIn = (iss: string, members: JsonObject, proof: JsonObject): AgentSessionStatement => ({
  typ: 'countersign/agent-session/v1',
  iss,
  agent: textOf(members, 'agent'),
  purpose: String(listOf(members['payloads'])[0]),
  ends: Number(members['ends']),
  approver: textOf(members, 'approver'),
  nonce: textOf(proof, 'nonce'),
})

/** Its principal, the person who runs it, or somebody on call, as far as that is proven. */
function mayOpen({ present }: InForce, person: string, id: string): boolean {
  const agent = present('agent', id)
  const isItsOwn = agent?.['run_by'] === person || listOf(agent?.['principals']).includes(person)
  const isThere = present('person', person)?.['suspended'] === false
  return agent !== undefined && isThere && (isItsOwn || listOf(present('group', ON_CALL)?.['members']).includes(person))
}

const listOf = (value: JsonObject[string] | undefined): readonly unknown[] => (Array.isArray(value) ? value : [])
