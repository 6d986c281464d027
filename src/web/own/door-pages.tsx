/**
 * The pages before a person is signed in: signing in, and enrolling with an invitation. The invitation's secret is in the
 * URL fragment, which the browser never sends: `browser/enrol-script.ts` reads it and fills in the form.
 */
import { type Frame, Page } from '../frame/page.tsx'
import { Notice, StatusLine } from '../parts/card.tsx'
import { TextField } from '../parts/form-fields.tsx'
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
        No passkey here yet? Ask an admin for an invitation. Lost all your passkeys? Ask an admin to recover your
        access.
      </p>
      <NeedsScript />
    </main>
  </Page>
)

const NeedsScript = () => (
  <noscript>
    <Notice tone="warn" icon="warning">
      Passkeys require JavaScript. Turn it on for this site, then reload the page.
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
      <InvalidInvitation />
      <EnrolForm product={frame.product} />
      <WaitingForAdmin />
      <NeedsScript />
    </main>
  </Page>
)

const InvalidInvitation = () => (
  <section class="card door" data-gone="" hidden>
    <Icon name="refused" />
    <h1 tabindex={-1}>This invitation is not valid</h1>
    <p data-gone-reason="">It was used already, has expired, or the link is incomplete. Nothing was changed.</p>
    <p class="muted">
      Ask the sender for a new one. The link of the first admin is printed anew when the server starts, until there is
      an admin.
    </p>
    <a class="button" href="/sign-in">
      Sign in instead
    </a>
  </section>
)

const WaitingForAdmin = () => (
  <section class="card door" data-waiting="" hidden>
    <Icon name="waiting" />
    <h1 tabindex={-1}>Waiting for an admin to confirm your passkey</h1>
    <p>
      Tell them this code over the telephone or in person, never by mail or chat. Their page shows the same one: if it
      does not, they deny.
    </p>
    <p class="code" data-code=""></p>
    <p class="muted">Keep this page open: it continues by itself.</p>
    <StatusLine />
  </section>
)

const EnrolForm = ({ product }: { product: string }) => (
  <section class="card door" data-form="" hidden>
    <Icon name="passkeys" />
    <h1 tabindex={-1} data-title="">
      Join {product}
    </h1>
    <p data-as="" class="muted"></p>
    <ul data-may="" class="duties"></ul>
    <p data-until="" class="muted"></p>
    <div data-bootstrap="" hidden>
      <Notice tone="plain" icon="info">
        <b>You will be the first admin.</b> Nobody else can confirm this passkey, and the ledger records that. Continue
        only if you started this server.
      </Notice>
      <div data-registered="" class="registered"></div>
    </div>
    <div data-break-glass="" hidden>
      <Notice tone="warn" icon="warning">
        <b>You will be an admin at once.</b> The operator opened this way in on the host. Every admin is told, and every
        page says so until an admin other than you acknowledges it. Reason given: <span data-break-glass-reason="" />
      </Notice>
    </div>
    <form data-enrol="" novalidate>
      <TextField
        id="name"
        label="Your name"
        autocomplete="name"
        maxlength={100}
        required
        hint="Other approvers and admins see it. It can be erased later."
      />
      <TextField
        id="label"
        label="A name for this passkey"
        maxlength={60}
        hint="It tells your devices apart, such as “work laptop”."
      />
      <button type="submit" class="primary">
        Create a passkey
      </button>
      <p class="hint">Your device asks twice: to make the passkey, then to sign with it what this page shows.</p>
      <StatusLine />
    </form>
  </section>
)

/** The path to return to after signing in: a path of this origin, whatever the `to` parameter of a URL says. */
export function returnPath(to: string | undefined, origin: string): string {
  // A browser reads a backslash as a slash and drops tabs and line ends, so such a path could leave this origin.
  if (!to?.startsWith('/') || /[\\\p{Cc}]/u.test(to) || !URL.canParse(to, origin)) return '/'
  const url = new URL(to, origin)
  return url.origin === origin && !url.pathname.startsWith('//') ? url.pathname + url.search : '/'
}
