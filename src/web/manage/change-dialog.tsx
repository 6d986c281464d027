/**
 * The parts that every change to the authority shares: the dialog to consent in, what is left open, the result.
 *
 * In: nothing. Out: empty places that `browser/administration.ts` fills. The dialog holds the very page of
 * `/approve/:id`, fetched from there, so that an admin reads what every approver would.
 */
import { Notice } from '../approve/warnings.tsx'

export const ChangeDialog = () => (
  <dialog class="sheet" aria-label="Approve this change" data-sheet="">
    <header class="bar">
      <b>Approve this change</b>
      <span class="spacer"></span>
      <button type="button" class="quiet" data-close="">
        Later
      </button>
    </header>
    <div data-sheet-content=""></div>
  </dialog>
)

/** A change that was proposed here and not finished: survives a reload and a visit to another page. */
export const PendingChange = () => (
  <div data-pending="" hidden>
    <Notice tone="plain" icon="waiting">
      <b data-pending-title="">A change is not finished.</b> It waits for consent.
      <div class="buttons-inline">
        <button type="button" class="small" data-resume="">
          Go on
        </button>
        <button type="button" class="small quiet" data-forget="">
          Drop it
        </button>
      </div>
    </Notice>
  </div>
)

export const ChangeResult = () => (
  <section class="card result" aria-labelledby="result-title" data-result="" hidden>
    <header>
      <h2 id="result-title" tabindex={-1} data-result-title="">
        Done
      </h2>
      <span class="pill warn">shown once</span>
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
