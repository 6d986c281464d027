/**
 * The two doors for people: signing in with a passkey, and enrolling with an invitation.
 *
 * In: the frame, and where to go afterwards. Out: pages. The invitation's secret stands in the URL fragment, which
 * never reaches this server with the page: `browser/enrol.ts` reads it and fills the form in.
 */

import { Notice } from '../approve/warnings.tsx'
import { Icon } from '../frame/icons.tsx'
import { type Frame, Page } from '../frame/page.tsx'

export const SignInPage = ({ frame, to }: { frame: Frame; to: string }) => (
  <Page frame={frame} title="Sign in" scripts={['sign-in']}>
    <main id="content" class="narrow" data-to={to}>
      <section class="card door">
        <Icon name="passkeys" />
        <h1>Sign in</h1>
        <p class="muted">Your passkey is all it takes. Looking needs this once; every approval asks for it again.</p>
        <button type="button" class="primary" data-sign-in="">
          Use your passkey
        </button>
        <p class="status" role="status" aria-live="polite" data-status=""></p>
      </section>
      <p class="muted aside">
        No passkey here yet? Ask an admin for an invitation. Lost all of yours? An admin can invite you again.
      </p>
      <NeedsScript />
    </main>
  </Page>
)

export const NeedsScript = () => (
  <noscript>
    <Notice tone="warn" icon="warning">
      Passkeys need JavaScript. Turn it on for this site, and reload.
    </Notice>
  </noscript>
)

export const EnrolPage = ({ frame }: { frame: Frame }) => (
  <Page frame={frame} title="Enrol" scripts={['enrol']}>
    <main id="content" class="narrow">
      <section class="card door" data-checking="">
        <Icon name="waiting" />
        <h1>Checking your invitation</h1>
        <p class="muted">One moment.</p>
      </section>
      <InvitationGone />
      <EnrolForm product={frame.product} />
      <NeedsScript />
    </main>
  </Page>
)

const InvitationGone = () => (
  <section class="card door" data-gone="" hidden>
    <Icon name="refused" />
    <h1 tabindex={-1}>This invitation cannot be used</h1>
    <p data-gone-reason="">It has been used, has expired, or the link is incomplete. Nothing was changed.</p>
    <p class="muted">
      Ask whoever sent it for a new one. While there is no admin yet, restarting the server prints a fresh link.
    </p>
    <a class="button" href="/sign-in">
      Sign in instead
    </a>
  </section>
)

const EnrolForm = ({ product }: { product: string }) => (
  <section class="card door" data-form="" hidden>
    <Icon name="passkeys" />
    <h1 tabindex={-1} data-title="">
      Join {product}
    </h1>
    <p data-as="" class="muted"></p>
    <div data-bootstrap="" hidden>
      <Notice tone="plain" icon="info">
        <b>You will be the first admin.</b> Nobody can confirm this passkey but you, and the ledger says so. Only go on
        if you started this server.
      </Notice>
      <div data-registered=""></div>
    </div>
    <form data-enrol="" novalidate>
      <label for="name">Your name</label>
      <input id="name" name="name" autocomplete="name" maxlength={100} required aria-describedby="name-hint" />
      <p id="name-hint" class="hint">
        Other approvers and admins see it. It can be erased later.
      </p>
      <label for="label">A name for this passkey</label>
      <input id="label" name="label" autocomplete="off" maxlength={60} aria-describedby="label-hint" />
      <p id="label-hint" class="hint">
        So that you can tell your devices apart, such as “work laptop”.
      </p>
      <button type="submit" class="primary">
        Create a passkey
      </button>
      <p class="status" role="status" aria-live="polite" data-status=""></p>
    </form>
  </section>
)
