/**
 * The mailbox's guarded actions, among them a long one that can be cut off.
 *
 * In: a verifier that follows the authority's events, and the mails. Out: fetch handlers that run only with a token for
 * exactly that call, and the catalogue under which the mailbox is registered at the authority.
 */
import { ApprovalError, type JsonObject, type Preview, type RunContext, type Verifier } from '@countersign/verifier'
import { approved } from '@countersign/verifier/fetch'
import { sleep } from '../client/agent/sleep.ts'
import type { Handler } from './listen.ts'
import type { Mail, Mails } from './mails.ts'

export const CATALOGUE: readonly JsonObject[] = [
  { name: 'mail.senders', effect: 'read', reversible: true, title: 'Read who writes to the {mailbox} mailbox' },
  {
    name: 'mail.delete_all',
    effect: 'destructive',
    reversible: false,
    title: 'Delete every mail of the {mailbox} mailbox up to number {through}, for good',
  },
]

export interface Box {
  readonly mailbox: string
}

/** `through`: the number of the newest mail that the approval covers; later mail is not deleted. */
export interface AllOf extends Box {
  readonly through: number
}

/** The resource of a mailbox. */
export const resourceOf = ({ mailbox }: Box): string => `mailbox:${mailbox}`

/** The name of a mail in previews and results, and its number again. */
const labelOf = ({ id }: Mail): string => `Mail ${id}`
export const numberIn = (label: string): number => Number(label.replace(/^Mail /, ''))

export const readSenders = (verifier: Verifier, mails: Mails, box: Box): Handler =>
  approved<Box, { senders: string[] }>(verifier, 'mail.senders', {
    args: () => box,
    resource: resourceOf,
    policyMayAllow: true,
    run: () => ({ senders: [...new Set(mails.held().map(({ from }) => from))] }),
  })

/** Deletes one mail after the other. When cut off, it stops there, and the mails deleted until then are the outcome's result. */
export const deleteAll = (verifier: Verifier, mails: Mails, box: Box, pauseMs: number): Handler =>
  approved<AllOf, readonly Mail[]>(verifier, 'mail.delete_all', {
    args: ({ url }) => ({ ...box, through: throughOf(url) }),
    resource: resourceOf,
    preview: ({ through }) => {
      const meant = meantBy(mails, through)
      return { summary: `${meant.length} mails would be gone for good.`, changes: changesOf(meant) }
    },
    reason: () => 'There is no way back: this mailbox has no bin.',
    run: ({ through }, context) => deleteEach(mails, meantBy(mails, through), pauseMs, context),
    result: (meant) => resultOf(meant, meant.length),
    respond: (meant) => Response.json({ deleted: meant.length }),
  })

async function deleteEach(mails: Mails, meant: readonly Mail[], pauseMs: number, { signal, progress }: RunContext) {
  for (const [index, { id }] of meant.entries()) {
    await sleep(pauseMs, signal)
    mails.remove(id)
    progress(resultOf(meant, index + 1))
  }
  return meant
}

const resultOf = (meant: readonly Mail[], gone: number): Preview => ({
  summary: `${gone} of ${meant.length} mails are gone.`,
  changes: changesOf(meant.slice(0, gone)),
})

const meantBy = (mails: Mails, through: number) => mails.held().filter(({ id }) => id <= through)

const changesOf = (mails: readonly Mail[]): Preview['changes'] =>
  mails.map((mail) => ({ label: labelOf(mail), before: `${mail.from}: ${mail.subject}`, after: null }))

function throughOf(url: string): number {
  const through = new URL(url).searchParams.get('through') ?? ''
  if (/^[1-9]\d{0,8}$/.test(through)) return Number(through)
  throw new ApprovalError('invalid_request', { message: 'through: the number of the newest mail that is meant.' })
}
