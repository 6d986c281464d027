/**
 * Revoking, wherever something that can be revoked is shown: a button that says what it takes along, and one question.
 *
 * In: the path of the endpoint, a label, what else ends. Out: the button, and the dialog each page has once.
 * `browser/_revoke.ts` asks and calls. No passkey: whatever makes things safer is easy. SPEC 5, 9.
 */
import type { PropsWithChildren } from 'hono/jsx'

export const REQUEST_TAKES =
  'The request ends. Its token can no longer be spent, and a call that is under way on it is cut off.'
export const AGENT_TAKES = 'Its credentials, its open requests and its live tokens end at once. You can add it anew.'
export const EXECUTOR_TAKES =
  'Its credentials, what waits to be done there and its live tokens end at once. You can add it anew.'
export const CREDENTIAL_TAKES = 'Whoever calls with it is refused at once. Others of the same holder stay.'

interface RevokeProps {
  readonly path: string
  readonly label: string
  /** What ends with it. */
  readonly takes: string
  /** On the button. */
  readonly word?: string
}

export const RevokeButton = ({ path, label, takes, word = 'Revoke' }: RevokeProps) => (
  <button type="button" class="small refuse" data-revoke={path} data-label={label} data-takes={takes}>
    {word}
    <span class="sr-only"> {label}</span>
  </button>
)

/** The question, with what the page says of it. */
export const AskToRevoke = ({ children }: PropsWithChildren) => (
  <dialog class="ask" aria-labelledby="revoke-title" data-confirm="">
    <h2 id="revoke-title">
      Revoke <bdi data-confirm-label=""></bdi>?
    </h2>
    {children}
    <div class="buttons">
      <button type="button" data-cancel="">
        Keep it
      </button>
      <button type="button" class="refuse strong" data-confirm-yes="">
        Revoke
      </button>
    </div>
  </dialog>
)

export const ConfirmRevoke = () => (
  <AskToRevoke>
    <p>
      <span data-confirm-takes=""></span> This cannot be taken back.
    </p>
  </AskToRevoke>
)
