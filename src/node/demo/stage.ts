/** Where the story takes place and who takes part. */
import type { Paint } from '../cli/paint.ts'
import type { HelpdeskAgent } from './agent.ts'
import type { Approver } from './approver.ts'
import type { StoryAuditor } from './auditor.ts'
import type { Narrator } from './narrator.ts'

export interface Stage {
  readonly agent: HelpdeskAgent
  readonly approver: Approver
  readonly auditor: StoryAuditor
  readonly narrator: Narrator
  readonly paint: Paint
  /** Ends the story early. */
  readonly signal: AbortSignal
}

export const PLACE = { board: 'eng', thread: '42' }
export const ELSEWHERE = { board: 'announcements', thread: '1' }
export const TEXT = 'Restart the router, then clear the cache. That fixes it.'
