/** Problems as pages, which reveal no more than the refusal does. SPEC 12. */
import type { ErrorCode } from '@countersign/verifier'
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Refusal } from '../../domain/refusal.ts'
import { Icon } from '../parts/icons.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { type Frame, Page, type Place } from './page.tsx'

export interface Problem {
  readonly status: 400 | 403 | 404 | 405 | 409 | 429 | 500 | 503
  readonly title: string
  readonly detail: string
  /** The error code, where programs may get this answer, too. */
  readonly code?: ErrorCode
  /** The link that leads on, where that is not to the first page. */
  readonly wayOn?: { readonly to: string; readonly words: string }
  /** Of a page with a search form, which stays, so that it can be corrected. */
  readonly search?: { readonly place: Place; readonly heading: string; readonly form: Child }
}

const problem = (status: Problem['status'], title: string, detail: string): Problem => ({ status, title, detail })

export const NOT_FOUND = problem(
  404,
  'Page not found',
  'The address may be mistyped, or the page no longer exists. Nothing was changed.',
)
export const NO_PAGE = problem(
  405,
  'There is no page here',
  'Programs call this address; it has nothing to show. Nothing was changed.',
)
export const FORBIDDEN = problem(
  403,
  'You do not have access',
  'You are signed in, but this page requires another role. An admin can invite you with that role.',
)
export const TOO_MANY_REQUESTS_CHOSEN = problem(
  404,
  'These requests cannot be shown together',
  'A page shows up to 16 requests. Go back to the inbox and choose again. Nothing was changed.',
)
export const TOO_LONG_TOGETHER = problem(
  404,
  'These requests are too long to be shown together',
  'A page shows each request in full. Go back to the inbox and choose fewer of them. Nothing was changed.',
)
export const UNREACHABLE = problem(
  503,
  'Temporarily unavailable',
  'Nothing was changed, and nothing is approved in the meantime. Try again in a moment.',
)
export const UNEXPECTED = problem(
  500,
  'Something went wrong',
  'The error was logged. Nothing was approved. Try again; if it happens again, contact the operator of this server.',
)

export function problemOf({ code, message }: Refusal): Problem {
  switch (code) {
    case 'not_found':
      return NOT_FOUND
    case 'forbidden':
      return { ...FORBIDDEN, detail: message }
    case 'rate_limited':
      return problem(429, 'Too many requests', message)
    case 'authority_unreachable':
      return UNREACHABLE
    default:
      return problem(409, 'This is not possible now', message)
  }
}

export const ProblemPage = ({ frame, problem }: { frame: Frame; problem: Problem }) => {
  const { title, search } = problem
  if (search === undefined)
    return (
      <Page frame={frame} title={title}>
        <main id="content" class="narrow">
          <ProblemCard person={frame.person} problem={problem}>
            <h1>{title}</h1>
          </ProblemCard>
        </main>
      </Page>
    )
  return (
    <Page frame={frame} title={title} place={search.place}>
      <main id="content" class="column ledger">
        <div class="heading">
          <h1>{search.heading}</h1>
        </div>
        {search.form}
        <ProblemCard person={frame.person} problem={problem}>
          <h2>{title}</h2>
        </ProblemCard>
      </main>
    </Page>
  )
}

type CardProps = PropsWithChildren<{ readonly person: Frame['person']; readonly problem: Problem }>

const ProblemCard = ({ person, problem, children }: CardProps) => {
  const { status, detail, code, wayOn = firstPageFor(person) } = problem
  return (
    <section class="card door">
      <Icon name={status === 503 ? 'waiting' : 'info'} />
      <p class="muted code">
        {status} {code ? <span>{code}</span> : null}
      </p>
      {children}
      <p>
        <UntrustedText text={detail} />
      </p>
      <a class="button" href={wayOn.to}>
        {wayOn.words}
      </a>
    </section>
  )
}

/** Who answers nothing begins with the list of requests. */
function firstPageFor(person: Frame['person']): NonNullable<Problem['wayOn']> {
  if (!person) return { to: '/sign-in', words: 'Sign in' }
  const isAsked = person.roles.some((role) => role !== 'auditor')
  return { to: '/', words: isAsked ? 'Go to the inbox' : 'Go to the requests' }
}
