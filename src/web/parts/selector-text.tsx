/** A kill switch's selector in words. Names are isolated and never cut. SPEC 9. */
import type { Selector } from '@countersign/verifier'
import { UntrustedText } from './untrusted-text.tsx'

const MEMBERS = ['agent', 'principal', 'executor', 'action', 'request', 'trace'] as const

/** `everything`, or `agent helpdesk-agent with executor https://forum.example`: all that is named must match. */
export const SelectorText = ({ selector }: { selector: Selector }) => {
  const named = MEMBERS.flatMap((member) => {
    const value = selector[member]
    return value === undefined ? [] : [{ noun: member === 'action' && value.endsWith('*') ? 'actions' : member, value }]
  })
  if (named.length === 0) return <>everything</>
  return (
    <>
      {named.map(({ noun, value }, at) => (
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
