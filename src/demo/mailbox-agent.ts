/**
 * The agent of the mailbox's story: it tidies up, and asks for approval when refused.
 *
 * In: the authority's client, the mailbox's address. Out: calls to the mailbox, as an agent makes them.
 */
import { newSalt } from '@countersign/verifier'
import { type Client, createClient } from '../client/client.ts'
import type { AgentOptions } from './forum-agent.ts'
import { type AllOf, type Box, resourceOf } from './mailbox-actions.ts'
import type { Deletion, Mail } from './mails.ts'
import { calling, said, type ToolAnswer } from './tool-answer.ts'

/** The public view of the mailbox. */
export interface Contents {
  readonly mails: readonly Mail[]
  readonly deletions: readonly Deletion[]
}

export interface MailAgent {
  readonly client: Client
  /** Asks the authority for a token, which policy gives, and reads with it. Returns the code of a refusal. */
  readonly senders: (box: Box) => Promise<string>
  /** Answers when the last mail is gone, or it was cut off. */
  readonly deleteAll: (all: AllOf, token?: string) => Promise<ToolAnswer>
  readonly contents: (box: Box) => Promise<Contents>
}

export function createMailAgent({ authority, credential, executor, audience }: AgentOptions): MailAgent {
  const client = createClient({ origin: authority, credential })
  const urlOf = ({ mailbox }: Box, rest = '') => `${executor}/mailboxes/${mailbox}${rest}`

  async function senders(box: Box): Promise<string> {
    const action = { name: 'mail.senders', resource: resourceOf(box), arguments: { ...box }, salt: newSalt() }
    const opened = await client.propose({ body: { audience, action } })
    const collected = opened.ok ? await client.waitForToken(opened.value) : opened
    if (!collected.ok) return collected.problem.code
    const { code } = await said(await fetch(urlOf(box, '/senders'), { headers: calling(collected.value.token) }))
    return code
  }

  async function deleteAll({ through, ...box }: AllOf, token?: string): Promise<ToolAnswer> {
    const url = urlOf(box, `/mails?through=${through}`)
    return said(await fetch(url, { method: 'DELETE', headers: calling(token) }))
  }

  const contents = async (box: Box) => (await (await fetch(urlOf(box))).json()) as Contents
  return { client, senders, deleteAll, contents }
}
