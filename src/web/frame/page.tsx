/**
 * The frame around every page: head, bar, navigation by role, the place for announcements, the revoke dialog. No inline
 * script, style or handler: the policy in pages.tsx forbids them.
 */
import type { Child } from 'hono/jsx'
import { raw } from 'hono/utils/html'
import type { ConfigurationFinding } from '../../authority/deps.ts'
import type { ShownBreakGlass } from '../../authority/people/break-glass.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Icon, type IconName } from '../parts/icons.tsx'
import { Budget, createPageBudget } from '../parts/page-budget.ts'
import { named, SelectorText } from '../parts/selector-text.tsx'
import { RevokeDialog } from '../parts/stop-and-revoke.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'
import { AbsenceStrip } from './absence-strip.tsx'
import { assetPath } from './assets.ts'
import { BreakGlassBanner } from './break-glass-banner.tsx'
import { GrantsStrip } from './grants-strip.tsx'

/** The page's place in the navigation. */
export type Place = 'inbox' | 'requests' | 'ledger' | 'people' | 'agents' | 'passkeys' | 'stop'

export interface Frame {
  /** The installation's name, as configured. */
  readonly product: string
  readonly now: number
  readonly person?: Approver | undefined
  /** Read at the same time as the page's own part; strangers get none. */
  readonly news?: Promise<News>
}

/** What every signed-in person sees, whatever the page. */
export interface News {
  readonly activeSwitches: readonly KillSwitch[]
  readonly findings: readonly ConfigurationFinding[]
  /** Those that no admin has acknowledged. */
  readonly brokenGlass: readonly ShownBreakGlass[]
  /** Of people that a banner names. */
  readonly nameOf: NameOf
  /** Given by this person, and not used up. */
  readonly grants: readonly ApprovalRequest[]
}

const NO_NEWS: News = { activeSwitches: [], findings: [], brokenGlass: [], nameOf: (id) => id, grants: [] }

interface PageProps {
  readonly frame: Frame
  readonly title: string
  readonly place?: Place
  /** Files in `browser/`, without `-script.ts`. */
  readonly scripts?: readonly string[]
  /** On a phone, the controls of such a page replace the navigation. */
  readonly oneTask?: boolean
  readonly children?: Child
}

/** A page that is painted by halves moves as the rest is parsed. JSX leaves this attribute out. HTML 4.6.7, `expect`. */
const PAINTED_WHOLE = raw('<link rel="expect" href="#news" blocking="render"/>')

export async function Page({ frame, title, place, scripts = [], oneTask = false, children }: PageProps) {
  const { findings, brokenGlass, nameOf, activeSwitches, grants } = (await frame.news) ?? NO_NEWS
  return (
    <html lang="en" data-now={frame.now}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
        <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#1c1f25" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${frame.product}`}</title>
        <link rel="icon" type="image/svg+xml" href={assetPath('mark.svg')} />
        <link rel="manifest" href="/manifest.webmanifest" />
        <link rel="apple-touch-icon" href={assetPath('icon-192.png')} />
        <link rel="stylesheet" href={assetPath('look.css')} />
        {PAINTED_WHOLE}
        {['shell', ...scripts].map((name) => (
          <script src={assetPath(`${name}-script.js`)} defer></script>
        ))}
      </head>
      <body class={oneTask ? 'one-task' : undefined}>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <Bar frame={frame} place={place} />
        <FindingsBanner findings={findings} />
        <BreakGlassBanner opened={brokenGlass} person={frame.person} nameOf={nameOf} />
        <StopBanner active={activeSwitches} nameOf={nameOf} />
        <GrantsStrip grants={grants} now={frame.now} />
        {frame.person ? <AbsenceStrip person={frame.person} now={frame.now} nameOf={nameOf} /> : null}
        <Budget.Provider value={createPageBudget()}>{children}</Budget.Provider>
        {frame.person ? <FurtherLinks person={frame.person} /> : null}
        {frame.person ? <RevokeDialog /> : null}
        <p id="news" class="sr-only" role="status" aria-live="polite"></p>
      </body>
    </html>
  )
}

const Bar = ({ frame, place }: { frame: Frame; place: Place | undefined }) => (
  <header class="bar">
    <a class="mark" href="/">
      {frame.product}
    </a>
    {frame.person ? <Navigation person={frame.person} place={place} /> : null}
    <span class="spacer"></span>
    {frame.person ? (
      <>
        <StopButton current={place === 'stop'} />
        <span class="me">
          <UntrustedText text={frame.person.name ?? 'Name erased'} limit={40} />
        </span>
        <button type="button" class="quiet" data-sign-out="">
          Sign out
        </button>
      </>
    ) : null}
  </header>
)

interface Entry {
  readonly place: Place
  readonly href: string
  readonly label: string
  readonly icon: IconName
  /** Shown only to people who have one of these, if given. */
  readonly roles?: readonly Approver['roles'][number][]
}

const ENTRIES: readonly Entry[] = [
  { place: 'inbox', href: '/', label: 'Inbox', icon: 'inbox', roles: ['approver', 'admin'] },
  { place: 'requests', href: '/requests', label: 'Requests', icon: 'requests' },
  { place: 'ledger', href: '/ledger', label: 'Ledger', icon: 'ledger', roles: ['auditor', 'admin'] },
  { place: 'people', href: '/people', label: 'People', icon: 'people', roles: ['admin'] },
  { place: 'agents', href: '/agents', label: 'Agents', icon: 'agents', roles: ['admin'] },
  { place: 'passkeys', href: '/passkeys', label: 'Passkeys', icon: 'passkeys' },
]

type Further = readonly [href: string, label: string, role?: Approver['roles'][number]]

/** Below every page of a signed-in person: what is needed less often. */
const FURTHER: readonly Further[] = [
  ['/notifications', 'Notifications'],
  ['/tasks', 'Tasks of agents'],
  ['/absence', 'Absence'],
  ['/groups', 'Groups', 'admin'],
  ['/directories', 'Directories', 'admin'],
  ['/webhooks', 'Webhooks', 'admin'],
  ['/review', 'Review of use', 'admin'],
  ['/policy', 'Policy'],
  ['/policy/workbench', 'Policy workbench', 'admin'],
  ['/docs', 'Documentation'],
]

const FurtherLinks = ({ person }: { person: Approver }) => (
  <footer class="further">
    <nav aria-label="More">
      {FURTHER.filter(([, , role]) => role === undefined || person.roles.includes(role)).map(([href, label]) => (
        <a href={href}>{label}</a>
      ))}
    </nav>
  </footer>
)

const Navigation = ({ person, place }: { person: Approver; place: Place | undefined }) => (
  <nav aria-label="Main">
    {ENTRIES.filter((entry) => entry.roles?.some((role) => person.roles.includes(role)) ?? true).map((entry) => (
      <a href={entry.href} aria-current={entry.place === place ? 'page' : undefined}>
        <Icon name={entry.icon} />
        {entry.label}
      </a>
    ))}
  </nav>
)

const StopButton = ({ current }: { current: boolean }) => (
  <a class="stop" href="/kill" aria-current={current ? 'page' : undefined}>
    <Icon name="stop" />
    Stop
  </a>
)

/** Rows of the database that are refused, on every page of a signed-in person. */
const FindingsBanner = ({ findings }: { findings: readonly ConfigurationFinding[] }) => {
  const [first] = findings
  if (!first) return null
  return (
    <aside class="stop-banner" aria-label="The database was changed">
      <p>
        <Icon name="warning" />
        <span>
          <b>Somebody has changed the database.</b> It holds {count(findings.length, 'row')} that nobody consented to,
          such as the {first.kind} <UntrustedText text={first.id} limit={80} />. They are refused. Tell the operator.
        </span>
      </p>
    </aside>
  )
}

/** The active kill switches, on every page of a signed-in person. */
const StopBanner = ({ active, nameOf }: { active: readonly KillSwitch[]; nameOf: NameOf }) => {
  const [newest] = active
  if (!newest) return <div id="stop-banner"></div>
  return (
    <aside id="stop-banner" class="stop-banner" aria-label="Stopped now">
      <a href={active.length === 1 ? `/kill/${newest.id}` : '/kill#switches'}>
        <Icon name="stop" />
        <span>
          <b>Stopped:</b>{' '}
          {active.length === 1 ? (
            <>
              <SelectorText selector={named(newest.selector, nameOf)} />, since{' '}
              <Moment at={Math.floor(newest.engagedAtMs / 1000)} />
            </>
          ) : (
            `${active.length} kill switches are active`
          )}
        </span>
      </a>
    </aside>
  )
}
