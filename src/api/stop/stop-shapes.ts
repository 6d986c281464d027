/** Kill switches, revocation and introspection on the wire. Instants are epoch milliseconds here. SPEC 9. */
import * as z from 'zod'
import type { Introspection } from '../../authority/stop/revoke-token.ts'
import type { UnknownTarget } from '../../authority/stop/unknown-targets.ts'
import type { WatchedSwitch } from '../../authority/stop/watch-kill-switches.ts'
import { audienceUri, base64url22 as id, nameOf } from '../../domain/identity/identifiers.ts'
import type { KillSwitch, Reach } from '../../domain/stop/kill-switch.ts'
import { traceId } from '../wire-fields.ts'

const instantMs = z.int().nonnegative().meta({ description: 'Epoch milliseconds' })

const named = z
  .string()
  .min(1)
  .max(256)
  .regex(/^\P{Cc}*$/u, 'no control characters')

export const Selector = z
  .strictObject({
    agent: named.optional().meta({ description: 'A client id, anywhere in the chain of agents' }),
    principal: named.optional(),
    executor: audienceUri.optional(),
    action: z
      .string()
      .regex(/^(?:[A-Za-z0-9._:/-]{1,128}|[A-Za-z0-9._:/-]{0,127}\*)$/)
      .optional()
      .meta({ description: 'An action name, or how names begin and a final *', example: 'forum.*' }),
    request: id.optional(),
    trace: traceId.optional(),
  })
  .meta({
    id: 'Selector',
    description: 'All that is named must match; {} is everything but the authority’s own actions',
  })

export const KillSwitchOrder = z
  .strictObject({
    selector: Selector,
    reason: nameOf(2000).meta({ description: 'Why it was engaged, for those who look later' }),
  })
  .meta({ id: 'EngageKillSwitch' })

const unknown = z
  .array(
    z.strictObject({
      member: z.enum(['agent', 'principal', 'executor', 'action', 'request', 'trace']),
      sentence: z.string().meta({ example: 'No agent of this name is registered; did you mean helpdesk-agent?' }),
      suggestion: z.string().nullable().meta({ description: 'The name that may have been meant' }),
    }),
  )
  .meta({ description: 'What the selector names and nobody knows. The kill switch is engaged all the same' })

const unknownView = (targets: readonly UnknownTarget[]) => targets.map((target) => ({ ...target }))

export const ReachView = z
  .strictObject({
    tokens: z.int().meta({ description: 'Live, unspent tokens' }),
    pending: z.int().meta({ description: 'Requests that wait for consent' }),
    executors: z.array(z.string()).meta({ description: 'Audiences of the connected executors that would have to act' }),
    unknown,
  })
  .meta({ id: 'Reach' })

const members = {
  id,
  selector: Selector,
  reason: z.string().nullable().meta({ description: 'Null once erased' }),
  engaged_at_ms: instantMs,
  engaged_by: z.string().meta({ description: 'An approver’s id, or operator' }),
  hits: z.strictObject({ tokens: z.int(), pending: z.int(), executors: z.int() }),
  released_at_ms: instantMs.nullable(),
  release_request: id.nullable(),
  trace: z.string(),
}

export const reachView = ({
  executors,
  unknown,
  ...counts
}: Reach & { readonly unknown: readonly UnknownTarget[] }) => ({
  ...counts,
  executors: [...executors],
  unknown: unknownView(unknown),
})

export const KillSwitchView = z.strictObject(members).meta({ id: 'KillSwitch' })

export const killSwitchView = (killswitch: KillSwitch) => ({
  id: killswitch.id,
  selector: killswitch.selector,
  reason: killswitch.reason,
  engaged_at_ms: killswitch.engagedAtMs,
  engaged_by: killswitch.engagedBy,
  hits: killswitch.hits,
  released_at_ms: killswitch.releasedAtMs,
  release_request: killswitch.releaseRequest,
  trace: killswitch.trace,
})

export const EngagedSwitchView = z.strictObject({ ...members, unknown }).meta({ id: 'EngagedKillSwitch' })

export const engagedSwitchView = (engaged: KillSwitch & { readonly unknown: readonly UnknownTarget[] }) => ({
  ...killSwitchView(engaged),
  unknown: unknownView(engaged.unknown),
})

export const KillSwitches = z.strictObject({ killswitches: z.array(KillSwitchView) })

export const WatchedSwitchView = z
  .strictObject({
    ...members,
    confirmations: z.array(
      z.strictObject({ executor: z.string(), connection: z.string(), at_ms: instantMs, aborted: z.int() }),
    ),
    awaited: z.array(z.string()).meta({ description: 'Connected executors that have not confirmed' }),
    unknown,
  })
  .meta({ id: 'WatchedKillSwitch' })

export const watchedSwitchView = ({ killswitch, confirmations, awaited, unknown }: WatchedSwitch) => ({
  ...killSwitchView(killswitch),
  unknown: unknownView(unknown),
  confirmations: confirmations.map(({ executor, connection, atMs, aborted }) => ({
    executor,
    connection,
    at_ms: atMs,
    aborted,
  })),
  awaited: [...awaited],
})

export const StopConfirmation = z
  .strictObject({
    stop: z.int().min(1).meta({ description: 'The id of the stop, as the event stream gave it' }),
    connection: named.max(64).default('').meta({ description: 'The stream it came by' }),
    aborted: z.int().min(0).max(1_000_000).meta({ description: 'Number of calls in flight that it cut off' }),
  })
  .meta({ id: 'ConfirmStop' })

export const StopReceipt = z.strictObject({ confirmed: z.literal(true) })

/** RFC 7009 and RFC 7662 have the same form; what they do not know is ignored, as RFC 6749 section 3.2 has it. */
export const TokenForm = z.object({
  token: z.string().max(12_288),
  token_type_hint: z.string().max(64).optional(),
})

export const IntrospectionView = z
  .looseObject({ active: z.boolean() })
  .meta({ id: 'Introspection', description: 'RFC 7662; with the claims of the token where it is active' })

/** RFC 7662 section 2.2, with the members of RFC 9396, RFC 8693 and RFC 7800 that the token has. */
export function introspectionView(introspection: Introspection) {
  if (!introspection.active) return { active: false }
  const { iss, aud, sub, act, client_id, jti, iat, exp, txn, scope, authorization_details, cnf } = introspection.claims
  const token_type = cnf ? 'DPoP' : 'Bearer'
  const claims = { iss, aud, sub, act, client_id, jti, iat, exp, txn, scope, authorization_details }
  return { active: true, token_type, ...claims, ...(cnf ? { cnf } : {}) }
}
