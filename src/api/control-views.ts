/** Live control in the words of the wire; see `views.ts`. */
import type { WatchedSwitch } from '../control/control.ts'
import type { KillSwitch } from '../control/kill-switch.ts'

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
