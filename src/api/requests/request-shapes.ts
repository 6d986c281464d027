/**
 * Proposals, approval requests and their tokens on the wire.
 *
 * Actions, previews and claims are checked deeper by the verifier's own parsers; here only their outline. SPEC 4, 5; RFC
 * 9396.
 */
import * as z from 'zod'
import type { GrantList } from '../../authority/requests/list-grants.ts'
import type { MintedToken } from '../../authority/tokens/issue.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Series } from '../../domain/approval/series.ts'
import { audienceUri, base64url22, principalId } from '../../domain/identity/identifiers.ts'
import { Denial } from '../problem.ts'
import { digest, instant, traceId, untouchedObject } from '../wire-fields.ts'
import { actorToken } from './actor-token-shapes.ts'

export const Action = z
  .strictObject({
    name: z.string().meta({ example: 'forum.post', description: '1 to 128 of A-Z a-z 0-9 . _ : / -' }),
    resource: z.string().meta({ example: 'forum:eng/threads/42', description: '1 to 1024 characters' }),
    arguments: untouchedObject.meta({ description: 'Any JSON object, at most 64 KiB canonical' }),
    salt: base64url22.meta({ description: '128 random bits, base64url' }),
  })
  .meta({ id: 'Action', description: 'One side-effecting call, whole' })

export const Preview = z
  .strictObject({
    summary: z.string().optional(),
    changes: z.array(
      z.strictObject({ label: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
    ),
  })
  .meta({
    id: 'Preview',
    description: 'The change that the action would make: text before and after, for each changed thing',
  })

export const Bounds = z
  .strictObject({
    uses: z.int().min(1).max(1000).meta({ description: 'Number of calls' }),
    arguments: untouchedObject.meta({
      description:
        'By argument name: { "equals" }, { "oneOf" }, { "prefix" }, { "max" } or { "sum" }; what is not named is fixed',
    }),
  })
  .meta({
    id: 'Bounds',
    description:
      'Asks for a grant: the action holds the arguments that all calls share, these say how the others may differ',
  })

export const Proposal = z
  .strictObject({
    audience: audienceUri,
    action: Action,
    principal: principalId.optional().meta({ description: 'Default: the first the agent is registered for' }),
    preview: Preview.optional().meta({ description: 'The agent’s own claim; shown as such' }),
    reason: z.string().min(1).max(2000).optional().meta({ description: 'In the agent’s words; shown as such' }),
    act: untouchedObject.optional().meta({
      description:
        'Further actors behind this agent, as in RFC 8693, each a client id or a URI; outermost is added here. Shown as the agent’s claim',
    }),
    actor_token: actorToken.optional().meta({
      description: 'From the agent that lets this one act for it (2.4): proves the chain. In place of act',
    }),
    bounds: Bounds.optional(),
    grant: base64url22.optional().meta({
      description: 'The grant that covers the call: refused, and with which bound differs, in place of asking people',
    }),
    binding_token: z.string().min(1).max(2048).optional().meta({
      description: 'From the evaluation of this action (11.3); refused with any other action',
    }),
    expires_in: z
      .int()
      .min(10)
      .max(86_400)
      .optional()
      .meta({ description: 'Seconds that the request may wait for its answer' }),
  })
  .meta({
    id: 'OpenRequest',
    example: {
      audience: 'https://forum.example',
      action: {
        name: 'forum.post',
        resource: 'forum:eng/threads/42',
        arguments: { board: 'eng', thread: 42, text: 'The fix is out. Thank you for the report.' },
        salt: 'Zm9ydW0tcG9zdC1zYWx0MA',
      },
      principal: 'helpdesk',
      preview: {
        summary: 'One reply in thread 42',
        changes: [{ label: 'Last reply', before: 'Any news?', after: 'The fix is out. Thank you for the report.' }],
      },
      reason: 'The customer asked for news',
      expires_in: 900,
    },
  })

export const WhyDecided = z
  .strictObject({ digest: z.string(), version: z.int(), decided: z.array(z.string()), reason: z.string() })
  .meta({ id: 'WhyDecided', description: 'The policies that decided, and why' })

export const whyDecided = ({
  policy,
  policyVersion,
  policies,
  why,
}: Pick<ApprovalRequest, 'policy' | 'policyVersion' | 'policies' | 'why'>): z.input<typeof WhyDecided> => ({
  digest: policy,
  version: policyVersion,
  decided: [...policies],
  reason: why,
})

export const RequestView = z
  .strictObject({
    id: base64url22,
    state: z.enum(['pending', 'approved', 'denied', 'expired', 'withdrawn', 'stopped', 'changed']),
    decision: z.enum(['allow', 'approval']),
    policy: WhyDecided,
    trace: traceId,
    txn: z.string(),
    audience: z.string(),
    name: z.string(),
    digest,
    agent: z.string(),
    actor: z.string(),
    actors: z
      .array(z.string())
      .optional()
      .meta({ description: 'The proven chain of agents that it acts for, the nearest first' }),
    principal: z.string(),
    quorum: z.int(),
    consents: z.int(),
    created_at: instant,
    expires_at: instant,
    interval: z.int().meta({ description: 'Seconds to leave between polls' }),
    approval_uri: z.url().meta({ description: 'The page where an approver answers; carries no authority' }),
    bounds: Bounds.optional().meta({ description: 'Of a grant, until they are erased' }),
    used: z.int().optional().meta({ description: 'Of a grant: how many calls were redeemed' }),
    grant: base64url22.optional().meta({ description: 'The grant under which this call was approved' }),
    denial: Denial.optional().meta({ description: 'Where an approver denied it' }),
    unfillable: z.string().optional().meta({
      description:
        'Why nobody can fill its quorum now, and what to do: too few people of its groups may consent to it, or too many are away',
    }),
    policy_denied: z.string().optional().meta({
      description:
        'Why the policy in force refuses it now, and what to do: while that is so, nobody can consent to it and it is given no token',
    }),
    undoes: base64url22.optional().meta({ description: 'The request that it undoes, where a person proposed that' }),
    changes: base64url22
      .optional()
      .meta({ description: 'The request that it took the place of, where an approver changed the call' }),
    changed_by: z.string().optional().meta({ description: 'The approver who changed it' }),
    round: z.int().optional().meta({ description: 'How often it was changed' }),
    changed_to: base64url22.optional().meta({ description: 'The request that took its place' }),
    altered: z
      .literal(true)
      .optional()
      .meta({ description: 'A stored text is not the one that the ledger recorded: it is neither shown nor approved' }),
    action: Action.optional().meta({ description: 'The call to make, where a person proposed or changed it' }),
    token: z.string().optional().meta({ description: 'The approval token, only to its actor' }),
    token_expires_at: instant.optional(),
  })
  .meta({ id: 'ApprovalRequest' })

/** Seconds an agent should leave between polls that do not wait. */
export const POLL_INTERVAL_SECONDS = 5

export function requestView(
  request: ApprovalRequest,
  issuer: string,
  token?: { readonly token: string; readonly expiresAt: number } | null,
): z.input<typeof RequestView> {
  return {
    id: request.id,
    state: request.state,
    decision: request.origin === 'policy' ? 'allow' : 'approval',
    policy: whyDecided(request),
    trace: request.trace,
    txn: request.txn,
    audience: request.audience,
    name: request.name,
    digest: request.digest,
    agent: request.agent,
    actor: request.actor,
    ...(request.actors.length === 0 ? {} : { actors: [...request.actors] }),
    principal: request.principal,
    quorum: request.origin === 'policy' ? 0 : request.terms.quorum,
    consents: request.consents,
    created_at: request.createdAt,
    expires_at: request.expiresAt,
    interval: POLL_INTERVAL_SECONDS,
    approval_uri: `${issuer}/approve/${request.id}`,
    ...(request.series === null ? {} : seriesView(request.series)),
    ...(request.grant === null ? {} : { grant: request.grant }),
    ...(request.denial === null ? {} : { denial: request.denial }),
    ...(request.undoes === null ? {} : { undoes: request.undoes }),
    ...changeView(request),
    ...(request.altered ? { altered: true } : {}),
    ...(request.undoes === null && request.changes === null ? {} : callView(request.action)),
    ...(token ? { token: token.token, token_expires_at: token.expiresAt } : {}),
  }
}

const seriesView = (series: Series) => ({ used: series.used, ...boundsView(series) })

export const boundsView = ({ bounds }: Series) =>
  bounds === null ? {} : { bounds: { uses: bounds.uses, arguments: { ...bounds.arguments } } }

const changeView = ({ changes, changedBy, round, changedTo }: ApprovalRequest) => ({
  ...(changes === null ? {} : { changes, round }),
  ...(changedBy === null ? {} : { changed_by: changedBy }),
  ...(changedTo === null ? {} : { changed_to: changedTo }),
})

export const callView = (action: ApprovalRequest['action'] | undefined) =>
  action ? { action: { ...action, arguments: { ...action.arguments } } } : {}

const GrantView = z
  .strictObject({
    id: base64url22,
    agent: z.string(),
    principal: z.string(),
    audience: z.string(),
    name: z.string(),
    uses: z.int(),
    used: z.int(),
    bounds: Bounds.optional().meta({ description: 'To its agent and to people' }),
    created_at: instant,
    expires_at: instant,
    approval_uri: z.url(),
  })
  .meta({ id: 'Grant' })

export const Grants = z.strictObject({ grants: z.array(GrantView) })

export const grantsView = ({ grants, bounds }: GrantList, issuer: string): z.input<typeof Grants> => ({
  grants: grants.flatMap((grant) => (grant.series ? [grantView(grant, grant.series, bounds, issuer)] : [])),
})

const grantView = (grant: ApprovalRequest, series: Series, withBounds: boolean, issuer: string) => ({
  id: grant.id,
  agent: grant.agent,
  principal: grant.principal,
  audience: grant.audience,
  name: grant.name,
  uses: series.uses,
  used: series.used,
  ...(withBounds ? boundsView(series) : {}),
  created_at: grant.createdAt,
  expires_at: grant.expiresAt,
  approval_uri: `${issuer}/approve/${grant.id}`,
})

export const CHANGED_CALL = 'The call to make, where an approver changed it: the token is for no other'

export const CollectedToken = z
  .strictObject({
    token: z.string(),
    expires_at: instant,
    jti: base64url22,
    action: Action.optional().meta({ description: CHANGED_CALL }),
  })
  .meta({ id: 'CollectedToken' })

export const tokenView = ({ token, expiresAt, jti, changed }: MintedToken): z.input<typeof CollectedToken> => ({
  token,
  expires_at: expiresAt,
  jti,
  ...callView(changed),
})
