/** Signing in with a passkey. */
import { type Frame, Page } from '../frame/page.tsx'
import { Notice, StatusLine } from '../parts/card.tsx'
import { Icon } from '../parts/icons.tsx'

export const SignInPage = ({ frame, to }: { frame: Frame; to: string }) => (
  <Page frame={frame} title="Sign in" scripts={['sign-in']}>
    <main id="content" class="narrow" data-to={to}>
      <section class="card door">
        <Icon name="passkeys" />
        <h1>Sign in</h1>
        <p class="muted">Sign in once to read requests. Every approval asks for your passkey again.</p>
        <button type="button" class="primary" data-sign-in="">
          Use your passkey
        </button>
        <StatusLine />
      </section>
      <p class="muted aside">
        No passkey here yet? Ask an admin for an invitation. Lost all your passkeys? An admin can invite you again.
      </p>
      <NeedsScript />
    </main>
  </Page>
)

export const NeedsScript = () => (
  <noscript>
    <Notice tone="warn" icon="warning">
      Passkeys require JavaScript. Turn it on for this site, then reload the page.
    </Notice>
  </noscript>
)
