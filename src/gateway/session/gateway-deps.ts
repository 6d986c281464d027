/** What all sessions of a gateway share. */

import type { Credential } from '../channel/credential-port.ts'
import type { OpenChannel } from '../channel/message-channel.ts'
import type { ToolRules } from '../config/tool-rules.ts'
import type { Gate } from '../gate/gate.ts'
import type { Unreadable } from '../message/json-rpc.ts'
import type { PublishedTools } from '../upstream/published-tools.ts'

export interface ConfiguredUpstream {
  readonly name: string
  readonly rules: ToolRules
  /** Whether what it answers is marked as text that nobody vouches for. */
  readonly isUntrusted: boolean
  /** A connection of a session's own. */
  readonly open: OpenChannel
  /** Counts what the server sends that is no message. */
  readonly dropped: (fault: Unreadable) => void
  /** For a call that is made at once, where the server wants one for each. */
  readonly credential?: Credential | undefined
}

export interface GatewayDeps {
  readonly upstreams: readonly ConfiguredUpstream[]
  readonly tools: PublishedTools
  readonly gate: Gate
  /** For people who operate the gateway. Given no secret and no argument of a call. */
  readonly log: (line: string) => void
}
