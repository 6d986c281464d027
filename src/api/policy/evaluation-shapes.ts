/**
 * Access evaluations on the wire: AuthZEN Authorization API 1.0, with the requestable denial of its Access Request and
 * Approval Profile. Unknown members are ignored here, as that standard demands. SPEC 11.3.
 */
import * as z from 'zod'
import type { AccessRequestOffer, Evaluated } from '../../authority/evaluating/evaluate.ts'
import { base64url22 } from '../../domain/identity/identifiers.ts'
import { actorToken } from '../requests/actor-token-shapes.ts'
import { digest, traceId, untouchedObject } from '../wire-fields.ts'

const text = (most: number) => z.string().min(1).max(most)

const Subject = z.object({
  type: z.literal('agent', 'must be agent'),
  id: text(64).meta({ description: 'The agent: itself, where it asks', example: 'helpdesk-agent' }),
  properties: z
    .object({
      credential: z
        .string()
        .regex(/^[A-Za-z0-9_-]{43}$/)
        .optional()
        .meta({
          description: 'For an executor: the SHA-256 of the credential that the agent called it with, in base64url',
        }),
    })
    .optional(),
})

const Action = z.object({
  name: text(128).meta({ example: 'forum.post' }),
  properties: untouchedObject.optional().meta({ description: 'The arguments of the call' }),
})

const Resource = z.object({
  type: z.literal('executor', 'must be executor'),
  id: text(1024).meta({ description: 'What is acted upon', example: 'forum:eng/threads/42' }),
  properties: z.object({
    audience: text(512).meta({ description: 'The executor', example: 'https://forum.example' }),
  }),
})

const saltedDigest = z.templateLiteral(['sha-256:', z.string().regex(/^[A-Za-z0-9_-]{43}$/)])

const MAX_ROUNDS = 100

const Context = z.object({
  principal: z.string().max(256).optional().meta({ description: 'Default: the first the agent is registered for' }),
  preview: untouchedObject.optional().meta({ description: 'As in a proposal' }),
  state: saltedDigest.optional(),
  actor_token: actorToken
    .optional()
    .meta({ description: 'As in a proposal: proves the chain of agents that the policy reads' }),
  salt: z.string().max(22).optional().meta({ description: 'Of the action; by default one is made' }),
  continues: z
    .object({
      jti: base64url22,
      use: z.int().min(1),
      round: z.int().min(1).max(MAX_ROUNDS).meta({ description: 'How often the call has come back' }),
      inputs: saltedDigest.meta({ description: 'Salted digest of what it comes back with' }),
    })
    .optional()
    .meta({ description: 'For an executor: the redeemed call of which this is a later round' }),
})

export const Evaluation = z
  .object({ subject: Subject, action: Action, resource: Resource, context: Context.optional() })
  .meta({
    id: 'AccessEvaluation',
    description: 'AuthZEN 1.0. Unknown members are ignored',
    example: {
      subject: { type: 'agent', id: 'helpdesk-agent' },
      action: { name: 'forum.post', properties: { board: 'eng', thread: 42, text: 'The fix is out.' } },
      resource: { type: 'executor', id: 'forum:eng/threads/42', properties: { audience: 'https://forum.example' } },
    },
  })

export const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const
const MAX_EVALUATIONS = 32

export const Evaluations = Evaluation.partial()
  .extend({
    evaluations: z
      .array(Evaluation.partial())
      .max(MAX_EVALUATIONS, `at most ${MAX_EVALUATIONS} evaluations`)
      .optional()
      .meta({ description: 'Each takes what it leaves out from the members beside this list' }),
    options: z.object({ evaluations_semantic: z.enum(SEMANTICS).optional() }).optional(),
  })
  .meta({ id: 'AccessEvaluations', description: 'AuthZEN 1.0. Without evaluations it is a single one' })

const AccessRequest = z
  .strictObject({
    endpoint: z.url().meta({ description: 'Where to propose the action' }),
    expires_at: z.iso.datetime(),
    binding_token: z.string().meta({ description: 'To be sent along with the proposal' }),
    display: z.strictObject({ title: z.string(), description: z.string() }),
  })
  .meta({ id: 'AccessRequest', description: 'There where people could approve' })

const AllowedCall = z
  .strictObject({ digest, salt: z.string(), trace: traceId })
  .meta({ id: 'AllowedCall', description: 'For an executor: the entry of the call that it may make now' })

export const Decision = z
  .strictObject({
    decision: z.boolean().meta({ description: 'true: policy would allow the action at once' }),
    context: z.strictObject({
      reason: z.enum(['allowed', 'approval_required', 'token_required', 'policy_denied', 'killed', 'not_evaluated']),
      detail: z.string(),
      evaluated_at: z.iso.datetime(),
      policy: digest.optional(),
      policies: z.array(z.string()).optional().meta({ description: 'Ids of the rules that decided' }),
      call: AllowedCall.optional(),
      access_request: AccessRequest.optional(),
      error: z
        .strictObject({ status: z.int(), message: z.string() })
        .optional()
        .meta({ description: 'Of one in a list, that could not be evaluated' }),
    }),
  })
  .meta({ id: 'AccessDecision' })

export const Decisions = z
  .union([Decision, z.strictObject({ evaluations: z.array(Decision) })])
  .meta({ description: 'In the order of the evaluations; a single one without them' })

export const PdpMetadata = z
  .strictObject({
    policy_decision_point: z.url(),
    access_evaluation_endpoint: z.url(),
    access_evaluations_endpoint: z.url(),
    jwks_uri: z.url().meta({ description: 'The keys that sign binding tokens' }),
    actor_token_endpoint: z.url().meta({ description: 'Issues the tokens of context.actor_token' }),
  })
  .meta({ id: 'PolicyDecisionPoint', description: 'AuthZEN 1.0' })

/** An evaluation on the wire. */
export function decisionView(found: Evaluated): z.input<typeof Decision> {
  const { reason, detail, evaluatedAt, decided, accessRequest, call } = found
  return {
    decision: reason === 'allowed',
    context: {
      reason,
      detail,
      evaluated_at: timestamp(evaluatedAt),
      ...(decided ? { policy: decided.policy, policies: [...decided.policies] } : {}),
      ...(call ? { call } : {}),
      ...(accessRequest ? { access_request: accessRequestView(accessRequest) } : {}),
      ...(found.error ? { error: found.error } : {}),
    },
  }
}

const accessRequestView = ({ endpoint, expiresAt, bindingToken, display }: AccessRequestOffer) => ({
  endpoint,
  expires_at: timestamp(expiresAt),
  binding_token: bindingToken,
  display,
})

/** RFC 3339. */
const timestamp = (seconds: number) => new Date(seconds * 1000).toISOString()
