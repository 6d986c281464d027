/**
 * What a selector stops, in words.
 *
 * In: a selector. Out: the words, whole: names stand as they are, isolated, never cut. SPEC 9.
 */
import type { Selector } from '@countersign/verifier'
import { Said } from '../frame/untrusted-text.tsx'

const MEMBERS: readonly (readonly [member: keyof Selector, noun: string])[] = [
  ['agent', 'agent'],
  ['principal', 'principal'],
  ['executor', 'executor'],
  ['action', 'action'],
  ['request', 'request'],
  ['trace', 'trace'],
]

/** `everything`, or `agent helpdesk-agent at executor https://forum.example`; all that is named must match. */
export const Selected = ({ selector }: { selector: Selector }) => {
  const named = MEMBERS.flatMap(([member, noun]) => {
    const value = selector[member]
    return value === undefined ? [] : [{ noun: member === 'action' && value.endsWith('*') ? 'actions' : noun, value }]
  })
  if (named.length === 0) return <>everything</>
  return (
    <>
      {named.map(({ noun, value }, at) => (
        <>
          {at > 0 ? ' with ' : ''}
          {noun}{' '}
          <span class="named">
            <Said text={value} />
          </span>
        </>
      ))}
    </>
  )
}
