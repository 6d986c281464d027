/** The rounds of a request whose call approvers changed: who changed what, and who signed which digest. SPEC 5.2. */
import type { RequestContent } from '../../authority/requests/read-content.ts'
import { changeOf } from '../approve/changed-card.tsx'
import { Change } from '../approve/difference.tsx'
import { Card } from '../parts/card.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { consenterWords, StatePill } from './request-list-page.tsx'

type Round = RequestContent['rounds'][number]
type Names = RequestContent['names']

/** Nothing for a call that nobody changed. */
export const RoundsCard = ({ content: { item, rounds, names } }: { content: RequestContent }) =>
  item.changes === null && item.changedTo === null ? null : (
    <Card id="rounds" title="Rounds" note="each with a call and a digest of its own">
      <ol class="rounds">
        {rounds.map((round) => (
          <li class="round" data-round={round.round} aria-current={round.id === item.id ? 'true' : undefined}>
            <RoundHead round={round} isHere={round.id === item.id} held={item.held} names={names} />
            {round.changes === null ? <p class="body muted">The arguments were erased.</p> : null}
            {(round.changes ?? []).map((changed) => (
              <Change change={changeOf(changed)} />
            ))}
            <Signatures round={round} names={names} />
          </li>
        ))}
      </ol>
    </Card>
  )

interface HeadProps {
  readonly round: Round
  readonly isHere: boolean
  readonly held: boolean
  readonly names: Names
}

const RoundHead = ({ round, isHere, held, names }: HeadProps) => (
  <p class="body">
    <b>
      {round.changedBy === null ? (
        'As the agent asked'
      ) : (
        <>
          Changed by <Person id={round.changedBy} names={names} />
        </>
      )}
    </b>{' '}
    <StatePill item={{ state: round.state, held: isHere && held }} />
    <span class="block muted">
      <Moment at={round.createdAt} />, {isHere ? 'this request' : <a href={`/requests/${round.id}`}>the request</a>}
    </span>
  </p>
)

const Signatures = ({ round: { digest, signed }, names }: { round: Round; names: Names }) => (
  <dl class="body facts">
    <dt>Digest</dt>
    <dd class="mono">{digest}</dd>
    <dt>Signed by</dt>
    <dd>
      {signed.length === 0 ? 'nobody' : null}
      {signed.map((one) => (
        <span class="block">
          <UntrustedText text={consenterWords(one, names)} limit={200} />{' '}
          <span class="muted">
            <Moment at={one.givenAt} />
          </span>
        </span>
      ))}
    </dd>
  </dl>
)

const Person = ({ id, names }: { id: string; names: Names }) => (
  <UntrustedText text={names.has(id) ? (names.get(id) ?? 'Name erased') : id} limit={100} />
)
