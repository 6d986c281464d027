/** Who has to consent, who has, and who is still needed. Nothing where one consent of one group decides. */
import type { RequestForApprover, ShownQuorum } from '../../authority/requests/show.ts'
import type { Requirement, Terms } from '../../domain/policy/policy.ts'
import { Card, type Level } from '../parts/card.tsx'
import { UnfillableNote } from '../parts/unfillable-note.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

export const QuorumCard = ({ shown: { request, quorum }, level }: { shown: RequestForApprover; level: Level }) => {
  const { terms, state } = request
  const isPlain = request.grant === null && quorum.consented.every(({ onBehalfOf }) => onBehalfOf === null)
  if (terms.quorum <= 1 && quorum.unfillable === null && isPlain) return null
  return (
    <Card
      id={`quorum-${request.id}`}
      level={level}
      title="Who has to consent"
      note={`${quorum.filled} of ${terms.quorum}`}
    >
      <div class="body" data-quorum="">
        <p>{askedWords(terms)} One person counts once, with however many passkeys and groups.</p>
        {request.grant === null ? null : (
          <p>
            Nobody was asked anew: <a href={`/requests/${request.grant}`}>a grant</a> covers this call. Its approvers:
          </p>
        )}
        <Consented quorum={quorum} />
        {state === 'pending' ? <p>{neededWords(quorum)}</p> : null}
        <UnfillableNote why={state === 'pending' ? quorum.unfillable : null} />
      </div>
    </Card>
  )
}

const Consented = ({ quorum }: { quorum: ShownQuorum }) =>
  quorum.consented.length === 0 ? null : (
    <ul class="duties">
      {quorum.consented.map(({ name, onBehalfOf, groups, counts }) => (
        <li>
          <b>
            <UntrustedText text={name} limit={100} />
          </b>{' '}
          {onBehalfOf === null ? null : (
            <>
              for{' '}
              <b>
                <UntrustedText text={onBehalfOf} limit={100} />
              </b>
              , who was away,{' '}
            </>
          )}
          {counts
            ? `consented${groups.length > 0 ? `, of ${listOf(groups, ' and ')}` : ''}`
            : 'consented, but was in none of these groups any more: it does not count'}
        </li>
      ))}
    </ul>
  )

const listOf = (groups: readonly string[], word = ' or '): string => groups.map((group) => `“${group}”`).join(word)

const partOf = ({ count: people, groups }: Requirement): string => `${people} of ${listOf(groups)}`

/** `2 people: 1 of “finance” and 1 of “legal”, in any order.` */
function askedWords({ approvers, ordered, quorum }: Terms): string {
  const parts = approvers.map(partOf).join(ordered ? ', then ' : ' and ')
  const order = approvers.length > 1 && !ordered ? ', in any order' : ''
  return `${quorum === 1 ? '1 person' : `${quorum} people`}: ${parts}${order}.`
}

/** `2 more people must consent, the next from “legal”.` */
export const neededWords = ({ needed }: ShownQuorum): string =>
  needed.count === 0
    ? 'Nobody else is needed.'
    : needed.count === 1
      ? `One more person from ${listOf(needed.groups)} must consent.`
      : `${needed.count} more people must consent, the next from ${listOf(needed.groups)}.`
