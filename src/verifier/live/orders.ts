/**
 * The authority's orders: kill switches that are engaged, and stops of calls in flight.
 *
 * Knows only the orders it received: the age of the news tells whether they are complete. SPEC 9.
 */
import { parseSelector, type Selector, selects } from '../action/selector.ts'
import { base64urlDecode } from '../data/bytes.ts'
import type { JsonObject, JsonValue } from '../data/json.ts'
import { bytes16, bytes32, instant, integer, object, oneOf, openObject, text } from '../data/shape.ts'
import { ApprovalError } from '../errors/approval-error.ts'
import { demand } from '../errors/refuse.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import type { CallInFlight } from '../verify/live-port.ts'

export type Orders = {
  /** A new connection begins: a switch that it does not repeat before its first heartbeat is no longer engaged. */
  readonly began: () => void
  readonly killswitch: (event: JsonValue) => void
  /** Aborts the selected calls. Returns its id and their number; undefined for one that arrived before. */
  readonly stop: (event: JsonValue, calls: Iterable<CallInFlight>) => Stopped | undefined
  readonly heartbeat: () => void
  /** The selectors of engaged switches. */
  readonly engaged: () => readonly Selector[]
  /** Throws `killed` for a call that an engaged switch selects. */
  readonly check: (claims: ApprovalClaims) => void
  /** Aborts a call that an earlier stop selects. */
  readonly begun: (call: CallInFlight) => void
}

/** `isHistory`: it was over before this process first listened, and selected no call here. */
export type Stopped = { readonly stop: number; readonly aborted: number; readonly isHistory: boolean }

type Stop = {
  readonly at: number
  readonly code: 'killed' | 'token_revoked'
  readonly hits: (claims: ApprovalClaims) => boolean
}

type ReadStop = Stop & {
  readonly id: number
  readonly killswitch?: string
  /** All that it says. */
  readonly text: string
}

/** Stops are remembered for tokens that are still alive; these are more than those can meet. */
const MAX_STOPS = 10_000

export function createOrders(): Orders {
  const standing = new Map<string, Selector>()
  // An authority sends stops before it reads them: one that says something else is another one.
  const stops = new Map<string, Stop>()
  let repeated: Set<string> | undefined
  let hasHeard = false

  const begun = ({ approval, abort }: CallInFlight): void => {
    const stop = [...stops.values()].find((one) => applies(one, approval.claims))
    if (stop) abort(new ApprovalError(stop.code))
  }

  return {
    began: () => {
      repeated = new Set()
    },
    killswitch: (event) => {
      const { id, selector, standing: stands } = readSwitch(event, 'killswitch')
      if (!stands) return void standing.delete(id)
      standing.set(id, parseSelector(selector))
      repeated?.add(id)
    },
    stop: (event, calls) => {
      const { id, killswitch, text, ...stop } = readStop(event)
      if (stops.has(text)) return undefined
      const [oldest] = stops.keys()
      if (oldest !== undefined && stops.size >= MAX_STOPS) stops.delete(oldest)
      stops.set(text, stop)
      const hit = [...calls].filter(({ approval }) => applies(stop, approval.claims))
      for (const call of hit) call.abort(new ApprovalError(stop.code))
      const isOver = killswitch === undefined || !standing.has(killswitch)
      return { stop: id, aborted: hit.length, isHistory: !hasHeard && isOver && hit.length === 0 }
    },
    heartbeat: () => {
      for (const id of repeated ? standing.keys() : []) if (!repeated?.has(id)) standing.delete(id)
      repeated = undefined
      hasHeard = true
    },
    engaged: () => [...standing.values()],
    check: (claims) => {
      for (const selector of standing.values()) demand(!isSelected(selector, claims), 'killed')
    },
    begun,
  }
}

const name = text(256)
const any = (value: unknown) => value as JsonObject
const readSwitch = openObject({ id: name, standing: oneOf(true, false) }, { selector: any })
const readEvent = openObject(
  { id: integer(1), at: instant, code: oneOf('killed', 'token_revoked'), selector: any },
  { killswitch: name },
)
const readOne = object({}, { jti: bytes16, key: bytes32 })

function readStop(event: JsonValue): ReadStop {
  const { selector, ...stop } = readEvent(event, 'stop')
  const { jti, key, ...rest } = selector
  const one = readOne({ ...(jti && { jti }), ...(key && { key }) }, 'selector')
  const others = parseSelector(rest)
  const hits = (claims: ApprovalClaims) =>
    (one.jti ?? claims.jti) === claims.jti &&
    (one.key === undefined || claims.approval.consents.some((consent) => consent.key === one.key)) &&
    isSelected(others, claims)
  return { ...stop, hits, text: JSON.stringify([stop, one, others]) }
}

/** A stop does not apply to tokens issued after it. */
const applies = ({ at, hits }: Stop, claims: ApprovalClaims): boolean => claims.iat <= at && hits(claims)

/** By its own request, or by the grant that it is a call of. The id of a request is its trace, in base64url. */
function isSelected(selector: Selector, claims: ApprovalClaims): boolean {
  const { request } = claims.approval
  const [{ bounds }] = claims.authorization_details
  return [request, bounds?.grant ?? request].some((id) => selectsRequest(selector, claims, id))
}

const selectsRequest = (selector: Selector, claims: ApprovalClaims, request: string): boolean =>
  selects(selector, {
    agents: agentsOf(claims),
    principal: claims.sub,
    executor: claims.aud,
    action: claims.authorization_details[0].name,
    request,
    trace: hex(base64urlDecode(request)),
  })

function agentsOf({ client_id, act }: ApprovalClaims): string[] {
  const agents = [client_id]
  for (let actor: ApprovalClaims['act'] | undefined = act; actor; actor = actor.act) agents.push(actor.sub)
  return agents
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
