/**
 * Opens a session of an agent: its principal, the person who runs it or a person on call signs a purpose and an end
 * with a passkey. The page's cookie alone opens none, since the policy may allow reads within a session. SPEC 10.9.
 */
import { base64urlEncode, type JsonObject } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import { traceOf } from '../../domain/approval/approval-request.ts'
import { parseAssertionResponse } from '../../domain/consent/assertion-response.ts'
import {
  type AgentSession,
  type AgentSessionStatement,
  mayOpenSession,
  sessionChallenge,
} from '../../domain/identity/agent-session.ts'
import type { Agent, Approver, SignedIn } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { type Payload, payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { AgentSessionStore, OfferedSession } from '../../store/contract/agent-session-store.ts'
import type { CallerStore, OfferStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import { type OwnSignature, offerToSign, over, signatureOver } from '../own-signature.ts'
import { tooMany } from '../refusals.ts'
import { endOverdue } from './end-session.ts'

type OpenNeeds = Uses<
  AgentSessionStore & CallerStore & OfferStore & PeopleStore,
  'config' | 'limits' | 'log' | 'now' | 'randomBytes'
>

export interface SessionOffer {
  readonly statement: JsonObject
  readonly options: JsonObject
}

/** Refuses: `not_found`, `forbidden`, `rate_limited`. */
export async function offerSession(
  deps: OpenNeeds,
  person: SignedIn,
  agentId: string,
  { purpose, minutes }: { readonly purpose: string; readonly minutes: number },
): Promise<Result<SessionOffer>> {
  const waitSeconds = await deps.limits.take('approver', `${person.session} opens`)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const agent = await agentFor(deps, person, agentId)
  if (!agent.ok) return agent
  const { now, randomBytes, config } = deps
  const id = newId(randomBytes)
  const payload = await preparePayload(id, 'purpose', purpose, payloadSalt(randomBytes))
  const statement: AgentSessionStatement = {
    typ: 'countersign/agent-session/v1',
    iss: config.origin,
    agent: agentId,
    purpose: payload.digest,
    ends: now() + minutes * 60,
    approver: person.id,
    nonce: base64urlEncode(randomBytes(32)),
  }
  const offered = { purpose: 'open-session', context: { session: { id, statement, payload } } } as const
  const options = await offerToSign(deps, person, await sessionChallenge(statement), offered)
  return ok({ statement: plainJson({ ...statement }), options })
}

async function agentFor({ store }: OpenNeeds, person: Approver, id: string): Promise<Result<Agent>> {
  const agent = await store.agent(id)
  if (!agent || agent.revokedAt !== null) return refuse('not_found', 'There is no such agent.')
  if (mayOpenSession(person, agent)) return ok(agent)
  return refuse('forbidden', 'This is for the agent’s principal, the person who runs it, and the group on-call.')
}

/** Refuses: `consent_invalid`, `forbidden`, `not_found`, and `invalid_request` where the agent has a session already. */
export async function openSession(
  deps: OpenNeeds,
  person: SignedIn,
  agentId: string,
  untrusted: unknown,
): Promise<Result<AgentSession>> {
  const { store, now } = deps
  const assertion = parseAssertionResponse(untrusted)
  if (!assertion.ok) return assertion
  const { challenge } = assertion.value
  const offer = await store.takeOffer({ challenge, purpose: 'open-session', now: now() })
  const offered = offer?.approver === person.id ? offer.context.session : undefined
  if (!offered || offered.statement.agent !== agentId || offered.statement.ends <= now()) return over()
  const agent = await agentFor(deps, person, agentId)
  if (!agent.ok) return agent
  const { statement } = offered
  const signs = { challenge: await sessionChallenge(statement), nonce: statement.nonce }
  const signature = await signatureOver(deps, person, assertion.value, signs)
  return signature.ok ? keep(deps, person, offered, signature.value) : signature
}

async function keep(
  deps: OpenNeeds,
  person: SignedIn,
  { id, statement, payload }: OfferedSession,
  { credentialId, counter, signed }: OwnSignature,
): Promise<Result<AgentSession>> {
  const { store, now, log } = deps
  await endOverdue(deps)
  const { agent, ends: endsAt } = statement
  const purpose = purposeOf(payload)
  const openedAt = now()
  const session = { id, agent, purpose, openedBy: person.id, openedAt, endsAt, endedAt: null }
  const members = { agent, approver: person.id, session: id, ends: endsAt, payloads: [payload.digest], signed }
  const entry = await prepareEntry('session.opened', openedAt, traceOf(id), members)
  const { verdict } = await store.openAgentSession({ session, credentialId, counter, payload, entry })
  if (verdict === 'exists') {
    return refuse('invalid_request', 'This agent has a task already. End it, or wait for its end.', { status: 409 })
  }
  if (verdict === 'gone') return over()
  log.info('session.opened', { agent, approver: person.id, session: id, trace: entry.trace })
  return ok(session)
}

function purposeOf({ content }: Payload): string {
  const { content: purpose }: { readonly content: string } = JSON.parse(content)
  return purpose
}
