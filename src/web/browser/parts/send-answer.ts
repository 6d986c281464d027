/**
 * The two answers to a request, or to several.
 *
 * In: rendered approvals. Out: what the server said. Computes nothing itself: it refuses to go on where a statement is
 * not about the action, preview, executor and request that this page shows in its place.
 */
import { call, type Reply } from './api.ts'
import { say } from './dom.ts'
import { askForPasskey, type RequestOptions } from './passkey-gesture.ts'

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

interface BatchOffer {
  readonly statements: readonly Statement[]
  readonly options: RequestOptions
}

export interface BatchAnswered {
  readonly answers: readonly { readonly id: string; readonly detail?: string }[]
}

/** `page` has the reason, and the place to say what is going on: the approval itself where it stands alone. */
export function deny(approval: HTMLElement, page = approval): Promise<Reply<unknown>> {
  say(page, 'Denying…')
  const reason = page.querySelector<HTMLTextAreaElement>('[data-deny-reason]')?.value.trim()
  return call('POST', `/approvals/${approval.dataset['approval']}/deny`, { body: reason ? { reason } : {} })
}

export async function approve(approval: HTMLElement, page = approval): Promise<Reply<unknown>> {
  const id = approval.dataset['approval']
  say(page, 'Waiting for your passkey…')
  const offer = await call<Offer>('POST', `/approvals/${id}/options`)
  if (!offer.ok) return offer
  if (!isShown(offer.value.statement, approval)) return OTHER_STATEMENT
  const gesture = await askForPasskey(offer.value.options)
  if (!gesture.ok) return failure(gesture.message)
  say(page, 'Sending your consent…')
  return call('POST', `/approvals/${id}/consent`, { body: { assertion: gesture.value } })
}

/** One gesture for two or more, in the order in which the page shows them. */
export async function approveTogether(
  approvals: readonly HTMLElement[],
  page: HTMLElement,
): Promise<Reply<BatchAnswered>> {
  const requests = approvals.map(({ dataset }) => dataset['approval'])
  say(page, 'Waiting for your passkey…')
  const offer = await call<BatchOffer>('POST', '/approvals/options', { body: { requests } })
  if (!offer.ok) return offer
  const { statements, options } = offer.value
  const areShown = approvals.every((approval, at) => statements[at] && isShown(statements[at], approval))
  if (!areShown || statements.length !== approvals.length) return OTHER_STATEMENT
  const gesture = await askForPasskey(options)
  if (!gesture.ok) return failure(gesture.message)
  say(page, 'Sending your consent…')
  return call('POST', '/approvals/consent', { body: { requests, assertion: gesture.value } })
}

const isShown = ({ request, action, preview, aud }: Statement, { dataset }: HTMLElement): boolean =>
  request === dataset['approval'] &&
  action === dataset['digest'] &&
  (preview ?? '') === dataset['preview'] &&
  aud === dataset['audience']

const failure = (message: string): Reply<never> => ({ ok: false, code: 'not_signed', message })

const OTHER_STATEMENT = failure(
  'What your passkey would sign is not what this page shows. Nothing was signed. Reload the page.',
)
