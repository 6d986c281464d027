/**
 * Sending the answer to one request or to several. Before it asks the passkey it checks that the challenge is the digest
 * of exactly the statements that the page shows, and says what differs otherwise. SPEC 5.
 */
import type { ConsentStatement } from '@countersign/verifier'
import { differences, type ShownStatement } from '../../approve/signed-statement.ts'
import { say } from './dom.ts'
import { call, type Reply } from './fetch-json.ts'
import { askForPasskey, type RequestOptions } from './passkey-gesture.ts'

/** One statement for one request, several for several. */
type Offer = { readonly options: RequestOptions } & (
  | { readonly statement: ConsentStatement; readonly statements?: never }
  | { readonly statements: readonly ConsentStatement[] }
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
  typedTarget(page) ??
  consent(approval.dataset['answer'] ?? `/approvals/${approval.dataset['approval']}`, {}, [approval], page)

/** The refusal where the name of the target is not typed; nothing where it is, or where none is asked for. */
function typedTarget(page: HTMLElement): Promise<Reply<never>> | undefined {
  const field = targetField(page)
  if (!field || plain(field.value.trim()) === plain(field.dataset['target'] ?? '')) return undefined
  field.focus()
  return Promise.resolve(failure('Type the name of what this destroys, exactly as it is shown. Nothing was sent.'))
}

/** As the authority compares it. */
const plain = (text: string): string => text.normalize('NFC')

const targetField = (page: HTMLElement) => page.querySelector<HTMLInputElement>('input[data-target]')

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
  const { challenge } = options
  const isBatch = offered.statements !== undefined
  const statements = offered.statements ?? [offered.statement]
  const differing = await differences(statements, approvals.map(shownBy), { challenge, isBatch })
  if (differing.length > 0) return otherStatement(differing)
  const gesture = await askForPasskey(options)
  if (!gesture.ok) return failure(gesture.message)
  say(page, 'Sending your consent…')
  const target = targetField(page)?.value
  const typed = target === undefined ? {} : { target }
  return call('POST', `${path}/consent`, { body: { ...body, ...typed, assertion: gesture.value } })
}

const shownBy = ({ dataset }: HTMLElement): ShownStatement => JSON.parse(dataset['statement'] ?? '{}')

const failure = (message: string): Reply<never> => ({ ok: false, code: 'not_signed', message })

const otherStatement = (differing: readonly string[]) =>
  failure(
    `Your passkey would sign something other than this page shows: ${differing.join(', ')}. Nothing was signed. Reload the page, and tell an admin if it happens again.`,
  )
