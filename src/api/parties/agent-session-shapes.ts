/** Sessions of agents on the wire. SPEC 10.9. */
import * as z from 'zod'
import type { SessionView } from '../../authority/agent-sessions/end-session.ts'
import { MAX_SESSION_MINUTES, MIN_SESSION_MINUTES } from '../../domain/identity/agent-session.ts'
import { nameOf } from '../../domain/identity/identifiers.ts'
import { credentialJson } from '../people/people-shapes.ts'
import { instant, jsonObject } from '../wire-fields.ts'

export const AgentSessionStart = z.strictObject({
  purpose: nameOf(500).meta({ description: 'What the agent is to do; every approver sees it' }),
  minutes: z.int().min(MIN_SESSION_MINUTES).max(MAX_SESSION_MINUTES),
})

export const AgentSessionOffer = z.strictObject({
  statement: jsonObject.meta({ description: 'What the passkey signs' }),
  options: jsonObject.meta({ description: 'PublicKeyCredentialRequestOptionsJSON' }),
})

export const AgentSessionSignature = z.strictObject({ assertion: credentialJson })

export const AgentSessionShape = z
  .strictObject({
    id: z.string(),
    agent: z.string(),
    purpose: z.string().nullable(),
    opened_by: z.string(),
    opened_at: instant,
    ends_at: instant,
    ending: z.boolean().meta({ description: 'It ends within five minutes' }),
  })
  .meta({ id: 'AgentSession' })

export const AgentSessions = z.strictObject({ sessions: z.array(AgentSessionShape) })

export const agentSessionView = ({ id, agent, purpose, openedBy, openedAt, endsAt, isEnding }: SessionView) => ({
  id,
  agent,
  purpose,
  opened_by: openedBy,
  opened_at: openedAt,
  ends_at: endsAt,
  ending: isEnding,
})
