/**
 * What went wrong, as a page: the same codes and sentences as the problem documents, in the same look as the rest.
 *
 * In: a refusal or a status. Out: a page with one way on. Tells no more than the refusal does.
 */
import type { Refusal } from '../../domain/refusal.ts'
import { Icon } from './icons.tsx'
import { type Frame, Page } from './page.tsx'

export interface Trouble {
  readonly status: 403 | 404 | 409 | 429 | 500 | 503
  readonly title: string
  readonly detail: string
}

export const NOT_FOUND: Trouble = {
  status: 404,
  title: 'There is nothing here',
  detail: 'The address may be mistyped, or what stood here has ended. Nothing was changed.',
}
export const FORBIDDEN: Trouble = {
  status: 403,
  title: 'This is for others',
  detail: 'You are signed in, but this page needs another role. An admin can invite you with it.',
}
export const NO_SUCH_CHOICE: Trouble = {
  status: 404,
  title: 'These cannot be shown together',
  detail: 'Up to 16 requests stand on one page. Go back to the inbox and choose again. Nothing was changed.',
}
export const UNREACHABLE: Trouble = {
  status: 503,
  title: 'Not available right now',
  detail: 'Nothing was changed and nothing is approved meanwhile. Try again in a moment.',
}
export const UNEXPECTED: Trouble = {
  status: 500,
  title: 'Something went wrong here',
  detail:
    'It has been logged. Nothing is approved by it. Try again; if it happens again, tell whoever runs this server.',
}

export function troubleOf(refusal: Refusal): Trouble {
  switch (refusal.code) {
    case 'not_found':
      return NOT_FOUND
    case 'forbidden':
      return { ...FORBIDDEN, detail: refusal.message }
    case 'rate_limited':
      return { status: 429, title: 'Too many calls', detail: refusal.message }
    case 'authority_unreachable':
      return UNREACHABLE
    default:
      return { status: 409, title: 'This cannot be done now', detail: refusal.message }
  }
}

export const ProblemPage = ({ frame, trouble }: { frame: Frame; trouble: Trouble }) => (
  <Page frame={frame} title={trouble.title}>
    <main id="content" class="narrow">
      <section class="card door">
        <Icon name={trouble.status === 503 ? 'waiting' : 'info'} />
        <p class="muted code">{trouble.status}</p>
        <h1>{trouble.title}</h1>
        <p>{trouble.detail}</p>
        <a class="button" href={frame.person ? '/' : '/sign-in'}>
          {frame.person ? 'Go to the inbox' : 'Sign in'}
        </a>
      </section>
    </main>
  </Page>
)
