/**
 * The two answers to a request.
 *
 * In: a rendered approval. Out: what the server said. Computes nothing itself: it refuses to go on where the statement
 * is not about the action, preview, executor and request that this page shows.
 */
import { call, type Reply } from './_api.ts'
import { askForPasskey, type RequestOptions } from './_gesture.ts'
import { say } from './_page.ts'

interface Statement {
  readonly request: string
  readonly action: string
  readonly preview: string | null
  readonly aud: string
}

interface Offer {
  readonly statement: Statement
  readonly options: RequestOptions
}

export function deny(approval: HTMLElement): Promise<Reply<unknown>> {
  say(approval, 'Denying…')
  const reason = approval.querySelector<HTMLTextAreaElement>('[data-deny-reason]')?.value.trim()
  return call('POST', `/approvals/${approval.dataset['approval']}/deny`, { body: reason ? { reason } : {} })
}

export async function approve(approval: HTMLElement): Promise<Reply<unknown>> {
  const id = approval.dataset['approval']
  say(approval, 'Waiting for your passkey…')
  const offer = await call<Offer>('POST', `/approvals/${id}/options`)
  if (!offer.ok) return offer
  if (!isShown(offer.value.statement, approval))
    return failure('What your passkey would sign is not what this page shows. Nothing was signed. Reload the page.')
  const gesture = await askForPasskey(offer.value.options)
  if (!gesture.ok) return failure(gesture.message)
  say(approval, 'Sending your consent…')
  return call('POST', `/approvals/${id}/consent`, { body: { assertion: gesture.value } })
}

const isShown = ({ request, action, preview, aud }: Statement, { dataset }: HTMLElement): boolean =>
  request === dataset['approval'] &&
  action === dataset['digest'] &&
  (preview ?? '') === dataset['preview'] &&
  aud === dataset['audience']

const failure = (message: string): Reply<never> => ({ ok: false, code: 'not_signed', message })
