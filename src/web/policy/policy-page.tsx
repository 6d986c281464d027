/**
 * One version of the policy, for everybody who is signed in: its text, its difference from the version before, and the
 * history. Admins propose an earlier text again. SPEC 11.
 */
import type { Services } from '../../authority/compose.ts'
import type { PolicyHistory } from '../../authority/reading/policy-history.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { ListedPolicy, PolicyVersion } from '../../domain/policy/policy.ts'
import { Change } from '../approve/difference.tsx'
import { Page } from '../frame/page.tsx'
import { hasRole, type PersonalFrame } from '../frame/page-access.tsx'
import { Card, Row } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress } from '../parts/change-dialog.tsx'
import { InTurns, RowsInTurns } from '../parts/in-turns.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { EngineNotice } from './engine-notice.tsx'
import { Proposer } from './proposer.tsx'

export interface PolicyPageProps {
  readonly frame: PersonalFrame
  readonly history: PolicyHistory
  /** The version that the page shows. */
  readonly shown: PolicyVersion
  /** The one before it; none of the first. */
  readonly before: PolicyVersion | undefined
  readonly nameOf: NameOf
  readonly engine: Services['config']['engine']
}

export function PolicyPage({ frame, history, shown, before, nameOf, engine }: PolicyPageProps) {
  const { inForce } = history
  const isAdmin = hasRole(frame, ['admin'])
  const again = shown.version === inForce ? before : shown
  return (
    <Page frame={frame} title="Policy" scripts={isAdmin ? ['change'] : []}>
      <main id="content" class="column">
        <div class="heading">
          <h1>Policy</h1>
          <span class="muted">
            {`version ${shown.version}, ${shown.version === inForce ? 'in force' : `not in force: version ${inForce} is`}`}
          </span>
        </div>
        {isAdmin ? <ChangeProgress /> : null}
        <EngineNotice engine={engine} />
        <InTurns
          parts={[
            <Text shown={shown} isAdmin={isAdmin} />,
            ...(before === undefined ? [] : [<Changes shown={shown} before={before} />]),
            <History history={history} shown={shown.version} nameOf={nameOf} />,
            ...(isAdmin && again !== undefined ? [<Undo inForce={inForce} again={again} />] : []),
          ]}
        />
      </main>
      {isAdmin ? <ChangeDialog /> : null}
    </Page>
  )
}

const Text = ({ shown: { text, digest }, isAdmin }: { shown: PolicyVersion; isAdmin: boolean }) => (
  <Card id="text-title" title="Text" note={isAdmin ? <a href="/policy/workbench">Workbench</a> : undefined}>
    <div class="body">
      <p class="hint mono">{digest}</p>
      <section class="text scroll mono" tabindex={0} aria-label="Text of the policy">
        <UntrustedText text={text} lines="kept" />
      </section>
    </div>
  </Card>
)

const Changes = ({ shown, before }: { shown: PolicyVersion; before: PolicyVersion }) => (
  <Card id="changes-title" title="What it changed">
    <Change
      change={{
        label: `Version ${before.version} to version ${shown.version}`,
        before: before.text,
        after: shown.text,
      }}
    />
  </Card>
)

const ROWS = 50

type HistoryProps = Pick<PolicyPageProps, 'history' | 'nameOf'> & { readonly shown: number }

/** From the version that is shown on, so that each page leads to earlier ones. */
function History({ history: { inForce, versions }, shown, nameOf }: HistoryProps) {
  const start = Math.max(0, Math.min(inForce - shown, versions.length - 1) - Math.floor(ROWS / 2))
  const rows = versions.slice(start, start + ROWS)
  return (
    <Card id="history-title" title="History" note={`${versions.length} in all`}>
      <ul class="rows">
        <RowsInTurns rows={rows.map((one) => <Version one={one} inForce={inForce} shown={shown} nameOf={nameOf} />)} />
      </ul>
    </Card>
  )
}

interface VersionProps {
  readonly one: ListedPolicy
  readonly inForce: number
  readonly shown: number
  readonly nameOf: NameOf
}

const Version = ({ one, inForce, shown, nameOf }: VersionProps) => (
  <Row
    what={
      <a href={`/policy?version=${one.version}`} aria-current={one.version === shown ? 'true' : undefined}>
        Version {one.version}
      </a>
    }
    by={
      <>
        <Moment at={one.createdAt} />, <Author one={one} nameOf={nameOf} />.{' '}
        {one.reason === null ? null : <UntrustedText text={one.reason} limit={300} />}
      </>
    }
    signs={one.version === inForce ? <span class="pill ok">In force</span> : undefined}
  />
)

const Author = ({ one: { author, approvers, request }, nameOf }: Pick<VersionProps, 'one' | 'nameOf'>) =>
  author === null ? (
    'the default policy'
  ) : (
    <>
      proposed by <Proposer id={author} nameOf={nameOf} />,{' '}
      {request === null ? 'approved by' : <a href={`/requests/${request}`}>approved by</a>}{' '}
      {approvers.map((id, at) => (
        <>
          {at === 0 ? '' : ', '}
          <UntrustedText text={nameOf(id)} limit={60} />
        </>
      ))}
    </>
  )

/** A change like every other: examined, shown as a difference, and consented to. */
const Undo = ({ inForce, again: { version, text } }: { inForce: number; again: PolicyVersion }) => (
  <ChangeForm change="policy" title="Undo" button={`Propose the text of version ${version}…`}>
    <p class="hint">The earlier text becomes a new version, once admins consent to the difference.</p>
    <input type="hidden" name="version" value={inForce} />
    <input type="hidden" name="text" value={text} />
  </ChangeForm>
)
