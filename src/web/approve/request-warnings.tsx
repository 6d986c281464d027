/** Warnings above a request: danger, concealed text, self-approval. The gravest comes first. */
import type { JsonValue } from '@countersign/verifier'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { concealedTextIn, type Finding, MOST_FOUND } from '../../domain/approval/concealed-text.ts'
import { isGrave } from '../../domain/policy/signals/signal-words.ts'
import { Notice } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'
import { FoundSignals } from './why-card.tsx'

export const RequestWarnings = ({ shown }: { shown: RequestForApprover }) => (
  <>
    <CompareCode request={shown.request} />
    <DangerWarning shown={shown} />
    <SignalWarning shown={shown} />
    <ReadsWarning request={shown.request} />
    <ConcealedWarning findings={concealedTextIn(shown.request)} />
    {shown.selfApproval && shown.cannotConsent === null ? (
      <Notice tone="plain" icon="info">
        <b>You would approve your own request.</b> {shown.request.terms.quorum === 1 ? 'Nobody else reviews it. ' : ''}
        The token states this, and the executor may refuse it.
      </Notice>
    ) : null}
  </>
)

const DangerWarning = ({ shown: { request, signals } }: { shown: RequestForApprover }) => {
  const { effect, reversible } = request.catalogueEntry
  if (effect === 'destructive')
    return (
      <Notice tone="danger" icon="warning">
        <b>
          {signals.some(isGrave) ? 'This counts as destructive' : 'This destroys something'}
          {DESTROYED[`${reversible}`]}
        </b>{' '}
        {reversible ? 'The executor states that it can be undone.' : 'Read the whole call before you answer.'}
      </Notice>
    )
  if (effect === 'write' && reversible === false)
    return (
      <Notice tone="warn" icon="warning">
        <b>This cannot be undone.</b> Read the whole call before you answer.
      </Notice>
    )
  return null
}

const ENROLMENT = /^countersign\.approver\.(?:enrol|recover)$/

/** A stolen invitation enrols nobody where the admin compares the code with the person. */
const CompareCode = ({ request: { name, action } }: { request: ApprovalRequest }) => {
  const { code, name: person } = action?.arguments ?? {}
  if (!ENROLMENT.test(name) || typeof code !== 'string' || typeof person !== 'string') return null
  return (
    <Notice tone="warn" icon="warning">
      <b>
        Ask <UntrustedText text={person} limit={100} /> for the code on their page, by telephone or in person.
      </b>{' '}
      Approve only if they read <code>{code}</code> to you. Anything else means that somebody else made this passkey:
      deny it.
    </Notice>
  )
}

/** Of a call that destroys by its arguments, whatever its catalogue calls it. */
const SignalWarning = ({ shown: { signals } }: { shown: RequestForApprover }) => {
  const grave = signals.filter(isGrave)
  if (grave.length === 0) return null
  return (
    <Notice tone="warn" icon="warning">
      <b>
        {grave.every(({ flag }) => flag === 'unparsed')
          ? 'Part of this call could not be read.'
          : 'This call is destructive by what it holds.'}
      </b>
      <FoundSignals signals={grave} />
    </Notice>
  )
}

/** An action that is registered as a read by mistake would run without anybody's consent. */
const ReadsWarning = ({ request: { name, action } }: { request: ApprovalRequest }) => {
  const reads = /^countersign\.executor\.(add|update)$/.test(name) ? readsIn(action?.arguments['catalogue']) : []
  return reads.length === 0 ? null : (
    <Notice tone="warn" icon="warning">
      <b>{count(reads.length, 'action')} would ask nobody:</b> registered as <code>read</code>.{' '}
      <UntrustedText text={reads.join(', ')} />
    </Notice>
  )
}

const readsIn = (catalogue: JsonValue | undefined): readonly string[] =>
  !Array.isArray(catalogue)
    ? []
    : catalogue.flatMap((entry) => {
        const { name, effect }: { name?: JsonValue; effect?: JsonValue } = Object(entry)
        return effect === 'read' && typeof name === 'string' ? [name] : []
      })

const DESTROYED = {
  true: '.',
  false: ' and cannot be undone.',
  undefined: ', and nothing says that it can be undone.',
} as const

const MOST_LISTED = 6

const ConcealedWarning = ({ findings }: { findings: readonly Finding[] }) => {
  if (findings.length === 0) return null
  return (
    <Notice tone="warn" icon="warning">
      <b>Some text in this request is not what it seems.</b> It is marked below.
      <ul>
        {findings.slice(0, MOST_LISTED).map((finding) => (
          <li>
            {found(finding)} in{' '}
            <b>
              <UntrustedText text={finding.place} limit={60} />
            </b>
            : {finding.names.slice(0, 3).join(', ')}
            {finding.names.length > 3 ? ' and others' : ''}
          </li>
        ))}
        {findings.length > MOST_LISTED ? <li>and in {othersOf(findings)}</li> : null}
      </ul>
    </Notice>
  )
}

const othersOf = ({ length }: readonly Finding[]): string =>
  length === MOST_FOUND ? 'many more places' : count(length - MOST_LISTED, 'more place')

function found({ hidden, lookalikes, blanks, more }: Finding): string {
  const parts = [
    hidden > 0 ? count(hidden, 'hidden character') : '',
    lookalikes > 0 ? count(lookalikes, 'imitated word') : '',
    blanks > 0 ? count(blanks, 'long run') : '',
    more ? 'many more' : '',
  ]
  return parts.filter(Boolean).join(' and ')
}
