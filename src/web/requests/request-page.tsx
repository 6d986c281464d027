/** One request, for those who may list it: who asked what, who answered, what became of it, and what was approved. */
import type { Context } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { RequestContent } from '../../authority/requests/read-content.ts'
import { groupsAnswered } from '../../domain/policy/deputies.ts'
import { groupsAsked } from '../../domain/policy/policy.ts'
import { CallDetails } from '../approve/call-details.tsx'
import { RequestTexts } from '../approve/request-body.tsx'
import { Page } from '../frame/page.tsx'
import { hasRole, type PersonalFrame, type View } from '../frame/page-access.tsx'
import { problemOf } from '../frame/problem-page.tsx'
import { ActsFor } from '../parts/acts-for.tsx'
import { BackLink, Card, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeProgress, EraseForm } from '../parts/change-dialog.tsx'
import { ChangeNote } from '../parts/change-note.tsx'
import { DenialReason } from '../parts/denial-reason.tsx'
import { ErasedBy } from '../parts/erased-by.tsx'
import { InTurns } from '../parts/in-turns.tsx'
import { EffectPill } from '../parts/request-sentence.tsx'
import { Moment } from '../parts/times.tsx'
import { UndoingNote } from '../parts/undoing-note.tsx'
import { UnfillableNote } from '../parts/unfillable-note.tsx'
import { Sentence, UntrustedText } from '../parts/untrusted-text.tsx'
import { Answerers, Outcome, StatePill } from './request-list-page.tsx'
import { RoundsCard } from './rounds-card.tsx'
import { UndoCard } from './undo-card.tsx'

export async function requestPage(frame: PersonalFrame, c: Context, { requests }: Services): Promise<View> {
  const found = await requests.content(frame.person, c.req.param('id') ?? '')
  if (!found.ok) return problemOf(found.refusal)
  const { item, masked, names } = found.value
  const undo = await requests.offerUndo(frame.person, item.id)
  const offer = undo.ok ? undo.value : null
  const erases = item.action !== null && hasRole(frame, ['admin'])
  return (
    <Page frame={frame} title="Request" place="requests" scripts={erases ? ['request', 'change'] : ['request']}>
      <main id="content" class="column" data-request={item.id}>
        <BackLink to="/requests">Requests</BackLink>
        <div class="heading">
          <h1 tabindex={-1}>
            <Sentence segments={item.sentence} limit={80} />
          </h1>
        </div>
        <p class="pills">
          <StatePill item={item} />
          <EffectPill effect={item.catalogueEntry.effect} />
        </p>
        <UndoingNote undoes={item.undoes} proposedBy={names.get(item.proposedBy ?? '') ?? null} />
        <ChangeNote
          changes={item.changes}
          changedTo={item.changedTo}
          changedBy={names.get(item.changedBy ?? '') ?? null}
        />
        <UnfillableNote why={found.value.unfillable} />
        <Facts content={found.value} />
        <RoundsCard content={found.value} />
        <Links frame={frame} content={found.value} />
        <Texts content={found.value} />
        {offer === null ? null : (
          <UndoCard offer={offer} proposes={hasRole(frame, ['approver', 'admin'])} masks={masked.length > 0} />
        )}
        {erases ? (
          <>
            <ChangeProgress />
            <EraseForm rule="request" subject={item.id}>
              For good: arguments, preview, reasons and reports of this request, once nothing of it is alive any more.
            </EraseForm>
          </>
        ) : null}
      </main>
      {erases ? <ChangeDialog /> : null}
    </Page>
  )
}

const Facts = ({ content: { item, names } }: { content: RequestContent }) => {
  const principalName = names.get(item.principal)
  return (
    <Card id="facts" title="About this request">
      <dl class="body facts">
        <dt>Asked by</dt>
        <dd>
          <UntrustedText text={item.agent} limit={80} />
          <ActsFor chain={item.act.act} actors={item.actors} />
        </dd>
        <dt>On behalf of</dt>
        <dd>
          {principalName ? (
            <>
              <UntrustedText text={principalName} limit={100} />{' '}
              <span class="muted mono">
                <UntrustedText text={item.principal} limit={128} />
              </span>
            </>
          ) : (
            <UntrustedText text={item.principal === item.agent ? 'itself' : item.principal} limit={128} />
          )}
        </dd>
        <dt>Executor</dt>
        <dd>
          <UntrustedText text={item.executorTitle} limit={100} />{' '}
          <span class="muted mono">
            <UntrustedText text={item.audience} />
          </span>
        </dd>
        <dt>Opened</dt>
        <dd>
          <Moment at={item.createdAt} />
        </dd>
        <dt>Answered by</dt>
        <dd>
          <Answerers item={item} names={names} />
        </dd>
        {item.decidedAt === null ? null : (
          <>
            <dt>{item.state === 'approved' || item.state === 'denied' ? 'Decided' : 'Ended'}</dt>
            <dd>
              <Moment at={item.decidedAt} />
            </dd>
          </>
        )}
        <dt>Why</dt>
        <dd>
          <UntrustedText text={item.why} limit={400} />
        </dd>
        <dt>Outcome</dt>
        <dd>
          <Outcome item={item} />
        </dd>
        <dt>Request</dt>
        <dd class="mono">{item.id}</dd>
      </dl>
    </Card>
  )
}

const Links = ({ frame, content: { item } }: { frame: PersonalFrame; content: RequestContent }) => {
  const answered = groupsAnswered(frame.person, frame.now)
  const answers = groupsAsked(item.terms).some((group) => answered.includes(group)) && item.state === 'pending'
  const audits = hasRole(frame, ['auditor', 'admin'])
  if (!answers && !audits) return null
  return (
    <p class="buttons-inline">
      {answers ? (
        <a class="button" href={`/approve/${item.id}`}>
          Answer it
        </a>
      ) : null}
      {audits ? (
        <a class="button" href={`/ledger/traces/${item.trace}`}>
          Entries and proofs
        </a>
      ) : null}
    </p>
  )
}

const Texts = ({ content }: { content: RequestContent }) => {
  const { item, masked, uncovered } = content
  if (item.action === null && !item.altered) return <ErasedNote erasure={content.erasure} names={content.names} />
  return (
    <>
      {item.altered ? (
        <p class="note" data-altered="">
          Stored texts of this request are not those that the ledger recorded when it was opened or denied. They are not
          shown.
        </p>
      ) : null}
      {masked.length > 0 ? <MaskedNote masked={masked} /> : null}
      {uncovered.length > 0 ? <UncoveredNote paths={uncovered} /> : null}
      {masked.length > 0 ? (
        <InTurns parts={[<CallDetails request={item} level={2} />]} />
      ) : (
        <RequestTexts request={item} level={2} />
      )}
      {item.denial?.reason ? (
        <Card id="denial" title="Reason of the denial" note="in the words of the person who denied">
          <div class="body">
            <DenialReason text={item.denial.reason} />
          </div>
        </Card>
      ) : null}
    </>
  )
}

const ErasedNote = ({ erasure, names }: Pick<RequestContent, 'erasure' | 'names'>) => (
  <p class="note plain" data-erased="">
    <span>
      The texts of this request (arguments, preview and reasons) were erased
      {erasure === null ? null : <ErasedBy erasure={erasure} nameOf={(id) => names.get(id) ?? id} />}. The ledger holds
      only salted digests of them.
    </span>
  </p>
)

const MaskedNote = ({ masked }: { masked: readonly string[] }) => (
  <div class="note plain" data-masked="">
    <div>
      <p>
        The executor calls these arguments sensitive: <Paths paths={masked} />. They are masked, and the preview and the
        reasons are left out, since they may repeat them. Uncovering is recorded in the ledger with your name.
      </p>
      <p class="buttons-inline">
        <button type="button" data-uncover="">
          Uncover
        </button>
        <StatusLine inline />
      </p>
    </div>
  </div>
)

const UncoveredNote = ({ paths }: { paths: readonly string[] }) => (
  <div class="note warn" data-uncovered="">
    <p>
      You uncovered what the executor calls sensitive (<Paths paths={paths} />
      ), and the ledger records it. Ten minutes after that it is masked again.
    </p>
  </div>
)

const Paths = ({ paths }: { paths: readonly string[] }) => (
  <>
    {paths.map((path, at) => (
      <>
        {at > 0 ? ', ' : null}
        <code>
          <UntrustedText text={path} />
        </code>
      </>
    ))}
  </>
)
