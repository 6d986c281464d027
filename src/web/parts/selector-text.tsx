/** A kill switch's selector in words. Names are isolated and never cut. SPEC 9. */
import type { Selector } from '@countersign/verifier'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { UntrustedText } from './untrusted-text.tsx'

const MEMBERS = ['agent', 'principal', 'executor', 'action', 'request', 'trace'] as const

/** For people: its principal by name. */
export const named = (selector: Selector, nameOf: NameOf): Selector =>
  selector.principal === undefined ? selector : { ...selector, principal: nameOf(selector.principal) }

/** `everything`, or `agent helpdesk-agent with executor https://forum.example`: all that is named must match. */
export const SelectorText = ({ selector }: { selector: Selector }) => {
  const parts = MEMBERS.flatMap((member) => {
    const value = selector[member]
    return value === undefined ? [] : [{ noun: member === 'action' && value.endsWith('*') ? 'actions' : member, value }]
  })
  if (parts.length === 0) return <>everything</>
  return (
    <>
      {parts.map(({ noun, value }, at) => (
        <>
          {at > 0 ? ' with ' : ''}
          {noun}{' '}
          <span class="named">
            <UntrustedText text={value} />
          </span>
        </>
      ))}
    </>
  )
}
