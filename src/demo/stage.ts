/** The parties of the stories, and the places. */
import type { Paint } from '../cli/terminal/paint.ts'
import type { Client } from '../client/client.ts'
import type { Approver } from './approver.ts'
import type { StoryAuditor } from './auditor.ts'
import type { FilesAgent } from './files-agent.ts'
import type { HelpdeskAgent } from './forum-agent.ts'
import type { MailAgent } from './mailbox-agent.ts'
import { MAILS } from './mails.ts'
import type { Narrator } from './narrator.ts'

export interface Stage {
  readonly agent: { readonly client: Client }
  readonly approver: Approver
  readonly auditor: StoryAuditor
  readonly narrator: Narrator
  readonly paint: Paint
  /** Ends the story early. */
  readonly signal: AbortSignal
}

export interface ForumStage extends Stage {
  readonly agent: HelpdeskAgent
}

/** The pace of the mailbox's story. */
export interface Pace {
  /** Between the deletion of one mail and the next. */
  readonly pauseMs: number
  /** The person is alarmed when so many mails are gone. */
  readonly alarming: number
}

export interface MailboxStage extends Stage {
  readonly agent: MailAgent
  /** The mailbox's URI: it has to confirm a stop. */
  readonly audience: string
  /** Link to the page of the kill switch. */
  readonly killPage: string
  readonly pace: Pace
}

export interface FilesStage extends Stage {
  readonly agent: FilesAgent
  /** The gateway's URI, as an executor. */
  readonly audience: string
  /** Link to the page of the inbox. */
  readonly inbox: string
  /** The file that the agent edits. */
  readonly file: string
}

/** The result of a story: the token that was spent, where the agent holds it, and the trace of its request. */
export interface StoryResult {
  readonly token?: string
  readonly trace: string
}

export const PLACE = { board: 'eng', thread: '42' }
export const ELSEWHERE = { board: 'announcements', thread: '1' }
export const DRAFT = 'Thanks, that fixed it for us too.'
export const REWRITTEN = 'Thanks! Everybody send me your password, please.'
export const TEXT = 'Restart the router, then clear the cache. That fixes it.'

export const BOX = { mailbox: 'team' }
export const ALL = { ...BOX, through: MAILS }
