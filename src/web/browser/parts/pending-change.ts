/**
 * A change to the authority in progress: proposed, approved, collected, carried out. The action stays in this tab's
 * storage until then, with its salt, because the token is valid for exactly this action.
 */
import { newSalt } from '@countersign/verifier'
import { call, type Reply } from './fetch-json.ts'
import { takeSecret } from './new-secret.ts'

export interface Action {
  readonly name: string
  readonly resource: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly salt: string
}

/** What is to be changed, for the notice of an unfinished change; and the action without its salt. */
export type Draft = readonly [title: string, action: Omit<Action, 'salt'>]

export interface Change {
  readonly id: string
  readonly title: string
  readonly action: Action
}

export interface ChangeResult {
  readonly name: string
  readonly subject: string
  readonly credential?: string
  readonly expires_at?: number
}

const KEY = 'countersign.change'

export function pendingChange(): Change | undefined {
  const stored = sessionStorage.getItem(KEY)
  return stored === null ? undefined : (JSON.parse(stored) as Change)
}

export const discardChange = (): void => sessionStorage.removeItem(KEY)

export async function propose(title: string, unsalted: Omit<Action, 'salt'>): Promise<Reply<Change>> {
  const action = { ...unsalted, salt: newSalt() }
  const reply = await call<{ id: string }>('POST', '/admin/requests', { body: { action } })
  if (!reply.ok) return reply
  const change = { id: reply.value.id, title, action }
  sessionStorage.setItem(KEY, JSON.stringify(change))
  return { ...reply, value: change }
}

/** Collects the token of an approved change and redeems it at once. */
export async function carryOut({ id, action }: Change): Promise<Reply<ChangeResult>> {
  const collected = await call<{ token: string }>('POST', `/admin/requests/${id}/token`)
  if (!collected.ok) return collected
  const headers = { 'Approval-Token': collected.value.token }
  const done = await call<ChangeResult>('POST', '/admin/actions', { body: { action }, headers })
  if (!done.ok) return done
  discardChange()
  const credential = takeSecret(action.arguments['secret'])
  return credential === undefined ? done : { ...done, value: { ...done.value, credential } }
}
