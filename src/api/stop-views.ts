/** Live control in the words of the wire; see `views.ts`. */
import type { Introspection } from '../authority/stop/revoke.ts'
import type { WatchedSwitch } from '../authority/stop/watch-kill-switches.ts'
import type { KillSwitch } from '../domain/stop/kill-switch.ts'

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

export const watchedSwitchView = ({ killswitch, confirmations, awaited }: WatchedSwitch) => ({
  ...killSwitchView(killswitch),
  confirmations: confirmations.map(({ executor, connection, atMs, aborted }) => ({
    executor,
    connection,
    at_ms: atMs,
    aborted,
  })),
  awaited: [...awaited],
})

/** RFC 7662 section 2.2, with the members of RFC 9396, RFC 8693 and RFC 7800 that the token has. */
export function introspectionView(introspection: Introspection) {
  if (!introspection.active) return { active: false }
  const { iss, aud, sub, act, client_id, jti, iat, exp, txn, scope, authorization_details, cnf } = introspection.claims
  const token_type = cnf ? 'DPoP' : 'Bearer'
  const claims = { iss, aud, sub, act, client_id, jti, iat, exp, txn, scope, authorization_details }
  return { active: true, token_type, ...claims, ...(cnf ? { cnf } : {}) }
}
