/**
 * Sending the answer to one request or to several.
 *
 * In: rendered approvals. Out: the server's response. It refuses to sign a statement whose action, preview, executor or
 * request differs from the one that the page shows in its place. SPEC 5.
 */

import { say } from './dom.ts'
import { call, type Reply } from './fetch-json.ts'
import { askForPasskey, type RequestOptions } from './passkey-gesture.ts'

interface Statement {
  readonly request: string
  readonly action: string
  readonly preview: string | null
  readonly aud: string
}

/** One statement for one request, several for several. */
type Offer = { readonly options: RequestOptions } & (
  | { readonly statement: Statement; readonly statements?: never }
  | { readonly statements: readonly Statement[] }
)

export interface BatchResult {
  readonly answers: readonly { readonly id: string; readonly detail?: string }[]
}

/** `page` holds the reason and the status line: the approval itself on a page of one request. */
export function deny(approval: HTMLElement, page = approval): Promise<Reply<unknown>> {
  say(page, 'Denying…')
  const reason = page.querySelector<HTMLTextAreaElement>('[data-deny-reason]')?.value.trim()
  return call('POST', `/approvals/${approval.dataset['approval']}/deny`, { body: reason ? { reason } : {} })
}

export const approve = (approval: HTMLElement, page = approval): Promise<Reply<unknown>> =>
  consent(`/approvals/${approval.dataset['approval']}`, {}, [approval], page)

/** One passkey confirmation for two or more, in the order of the page. */
export const approveTogether = (approvals: readonly HTMLElement[], page: HTMLElement): Promise<Reply<unknown>> =>
  consent('/approvals', { requests: approvals.map(({ dataset }) => dataset['approval']) }, approvals, page)

async function consent(
  path: string,
  body: Readonly<Record<string, unknown>>,
  approvals: readonly HTMLElement[],
  page: HTMLElement,
): Promise<Reply<unknown>> {
  say(page, 'Waiting for your passkey…')
  const offer = await call<Offer>('POST', `${path}/options`, { body })
  if (!offer.ok) return offer
  const { options, ...offered } = offer.value
  const statements = offered.statements ?? [offered.statement]
  const areShown = approvals.every((approval, at) => statements[at] && isShown(statements[at], approval))
  if (!areShown || statements.length !== approvals.length) return OTHER_STATEMENT
  const gesture = await askForPasskey(options)
  if (!gesture.ok) return failure(gesture.message)
  say(page, 'Sending your consent…')
  return call('POST', `${path}/consent`, { body: { ...body, assertion: gesture.value } })
}

const isShown = ({ request, action, preview, aud }: Statement, { dataset }: HTMLElement): boolean =>
  request === dataset['approval'] &&
  action === dataset['digest'] &&
  (preview ?? '') === dataset['preview'] &&
  aud === dataset['audience']

const failure = (message: string): Reply<never> => ({ ok: false, code: 'not_signed', message })

const OTHER_STATEMENT = failure(
  'Your passkey would sign something other than this page shows. Nothing was signed. Reload the page.',
)
