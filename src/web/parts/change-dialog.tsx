/**
 * The parts that every change to the authority shares: its form, the consent dialog, the unfinished change, the result.
 * The dialog holds the page of `/approve/:id`, fetched by `browser/change-script.ts`, so an admin reads exactly what
 * every approver reads. SPEC 10.
 */
import type { PropsWithChildren } from 'hono/jsx'
import { Card, Notice, StatusLine } from './card.tsx'

interface ChangeFormProps {
  /** Which change `browser/parts/change-draft.ts` makes of the form. */
  readonly change:
    | 'agent'
    | 'agent-edit'
    | 'directory'
    | 'erase'
    | 'executor'
    | 'executor-edit'
    | 'group'
    | 'policy'
    | 'release'
    | 'remove'
    | 'restore'
    | 'roles'
    | 'webhook'
  readonly title: string
  readonly button: string
  readonly killswitch?: string
}

export const ChangeForm = ({ change, title, button, killswitch, children }: PropsWithChildren<ChangeFormProps>) => (
  <Card id={`change-${change}`} title={title} note="requires your passkey">
    <form id={`${change}-form`} class="body form" data-change={change} data-killswitch={killswitch} novalidate>
      {children}
      <button type="submit" class="primary">
        {button}
      </button>
      <StatusLine />
    </form>
  </Card>
)

export const ChangeDialog = () => (
  <dialog class="sheet" aria-label="Approve this change" data-sheet="">
    <header class="bar">
      <b>Approve this change</b>
      <span class="spacer"></span>
      <button type="button" class="quiet" data-close="">
        Not now
      </button>
    </header>
    <div data-sheet-content=""></div>
  </dialog>
)

/** The unfinished change, which survives a reload and a visit to another page; the result of a finished one. */
export const ChangeProgress = () => (
  <>
    <PendingChange />
    <ChangeResult />
    <StatusLine />
  </>
)

const PendingChange = () => (
  <div data-pending="" hidden>
    <Notice tone="plain" icon="waiting">
      <b data-pending-title="">A change is not finished.</b> It is waiting for your approval.
      <div class="buttons-inline">
        <button type="button" class="small" data-resume="">
          Continue
        </button>
        <button type="button" class="small quiet" data-discard="">
          Discard
        </button>
      </div>
    </Notice>
  </div>
)

const ChangeResult = () => (
  <section class="card result" aria-labelledby="result-title" data-result="" hidden>
    <header>
      <h2 id="result-title" tabindex={-1} data-result-title="">
        Done
      </h2>
      <span class="pill warn">Shown once</span>
    </header>
    <div class="body">
      <p data-result-text=""></p>
      <div class="secret">
        <code data-secret="" tabindex={0}></code>
        <button type="button" class="small" data-copy="">
          Copy
        </button>
      </div>
      <div class="qr" data-qr="" hidden></div>
      <p class="muted" data-result-until=""></p>
    </div>
  </section>
)

interface EraseFormProps {
  readonly rule: 'request' | 'principal'
  readonly subject: string
}

export const EraseForm = ({ rule, subject, children }: PropsWithChildren<EraseFormProps>) => (
  <ChangeForm change="erase" title="Erase texts" button="Erase…">
    <input type="hidden" name="rule" value={rule} />
    <input type="hidden" name="subject" value={subject} />
    <p class="muted">{children} The entries of the ledger stay, with salted digests.</p>
  </ChangeForm>
)
