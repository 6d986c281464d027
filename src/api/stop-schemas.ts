/**
 * The shapes of live control on the wire: kill switches, what they would hit, and who confirmed them.
 *
 * Part of `schemas.ts`, which says how to read it. Instants of this part are epoch milliseconds. SPEC 9.
 */
import { z } from 'zod'
import { audienceUri, base64url22 as id, nameOf } from './schemas.ts'

const instantMs = z.int().nonnegative().meta({ description: 'Epoch milliseconds' })
const named = z
  .string()
  .min(1)
  .max(256)
  .regex(/^\P{Cc}*$/u, 'no control characters')

/** As long as the pages take it: nobody is refused a stop for having said too much. */
const why = nameOf(2000)

export const Selector = z
  .strictObject({
    agent: named.optional().meta({ description: 'A client id, wherever it stands in the chain of agents' }),
    principal: named.optional(),
    executor: audienceUri.optional(),
    action: z
      .string()
      .regex(/^(?:[A-Za-z0-9._:/-]{1,128}|[A-Za-z0-9._:/-]{0,127}\*)$/)
      .optional()
      .meta({ description: 'An action name, or how names begin and a final *', example: 'forum.*' }),
    request: id.optional(),
    trace: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional(),
  })
  .meta({
    id: 'Selector',
    description: 'All that is named must match; {} is everything but the authority’s own actions',
  })

export const Engage = z
  .strictObject({
    selector: Selector,
    reason: why.meta({ description: 'Why, for whoever looks later' }),
  })
  .meta({ id: 'EngageKillSwitch' })

/** RFC 7009 and RFC 7662 have the same form; what they do not know is ignored, as RFC 6749 section 3.2 has it. */
export const TokenForm = z.object({
  token: z.string().max(12_288),
  token_type_hint: z.string().max(64).optional(),
})
export const Introspection = z
  .looseObject({ active: z.boolean() })
  .meta({ id: 'Introspection', description: 'RFC 7662; with the claims of the token where it is active' })

export const Reach = z
  .strictObject({
    tokens: z.int().meta({ description: 'Live, unspent tokens' }),
    pending: z.int().meta({ description: 'Requests that wait for people' }),
    executors: z.array(z.string()).meta({ description: 'Connected executors that would have to act, by audience' }),
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

export const KillSwitch = z.strictObject(members).meta({ id: 'KillSwitch' })
export const KillSwitches = z.strictObject({ killswitches: z.array(KillSwitch) })

export const WatchedKillSwitch = z
  .strictObject({
    ...members,
    confirmations: z.array(
      z.strictObject({ executor: z.string(), connection: z.string(), at_ms: instantMs, aborted: z.int() }),
    ),
    awaited: z.array(z.string()).meta({ description: 'Connected executors that have not confirmed' }),
  })
  .meta({ id: 'WatchedKillSwitch' })

export const Confirm = z
  .strictObject({
    stop: z.int().min(1).meta({ description: 'The id of the stop, as the event stream gave it' }),
    connection: named.max(64).default('').meta({ description: 'The stream it came by' }),
    aborted: z.int().min(0).max(1_000_000).meta({ description: 'How many calls in flight it cut off' }),
  })
  .meta({ id: 'ConfirmStop' })
export const Confirmed = z.strictObject({ confirmed: z.literal(true) })
