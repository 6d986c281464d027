/** An agent whose client is connected: the gateway proposes for it with its credential, and never approves. */
import type { Client } from '../../client/client.ts'
import type { Room } from '../channel/room.ts'
import type { AgentStanding } from './agent-standing.ts'
import type { FollowUps } from './follow-ups.ts'
import type { HeldCalls } from './held-calls.ts'
import type { HeldTasks } from './held-tasks.ts'
import type { ServerTasks } from './server-tasks.ts'

export interface GatewayAgent {
  readonly id: string
  /** The executor that the gateway is. */
  readonly audience: string
  /** SHA-256 of its credential in base64url: each call rests on what the authority knows of it then. */
  readonly credentialHash: string
  /** Calls the authority with the agent's credential. */
  readonly authority: Client
  readonly standing: AgentStanding
  /** For messages that have come in part. */
  readonly room: Room
  /** Its calls that wait for people. */
  readonly held: HeldCalls
  /** Those of them that its clients see as tasks. */
  readonly tasks: HeldTasks
  /** Its calls that servers have not finished. */
  readonly followUps: FollowUps
  /** What servers have made of its calls: no other agent gets at them. */
  readonly serverTasks: ServerTasks
}
