/**
 * The link to the page that stops something, which stops nothing by itself; the button that revokes, and its dialog.
 *
 * `browser/shell-script.ts` asks in the dialog and calls the endpoint. No passkey: stopping must be easy. SPEC 5, 9.
 */
export const CONSEQUENCES = {
  request:
    'The request ends. Its token can no longer be redeemed, and a call in progress is aborted. This cannot be undone.',
  grant:
    'No further call runs under it, and its unspent tokens end. The agent asks for each call again. This cannot be undone.',
  agent:
    'Its credentials, open requests and live tokens end immediately. To use it again, add it again with a new credential.',
  executor:
    'Its credentials, its pending requests and its live tokens end immediately. To use it again, add it again with a new credential.',
  directory:
    'Its calls are refused immediately. People and groups stay as they are; people it deactivates later are not suspended.',
  credential: 'Calls with this credential are refused immediately. Other credentials of the same holder keep working.',
  action:
    'Agents can no longer request it, and pending or approved requests for it are refused. Offering it again requires an admin’s approval.',
  passkey:
    'It can no longer sign in or approve, immediately and permanently, and the sessions begun with it end. What it consented to and that was not collected waits again.',
  absence: 'The deputy no longer answers for the absent person. What they have approved stays approved.',
  session: 'Whoever uses it has to sign in again with a passkey.',
  invitation: 'Its link ends immediately. To let this person in, invite them again.',
  webhook: 'It receives no more events, starting now. You can add it again; it then gets a new secret.',
} as const

interface RevokeProps {
  readonly path: string
  readonly label: string
  readonly consequence: string
  /** The verb on both buttons. */
  readonly verb?: 'Revoke' | 'Remove' | 'End' | 'End all' | 'Suspend' | 'Withdraw'
}

export const RevokeButton = ({ path, label, consequence, verb = 'Revoke' }: RevokeProps) => (
  <button
    type="button"
    class="small refuse"
    data-revoke={path}
    data-label={label}
    data-consequence={consequence}
    data-verb={verb}
  >
    {verb}
    <span class="sr-only"> {label}</span>
  </button>
)

export const RevokeDialog = () => (
  <dialog class="ask" aria-labelledby="revoke-title" data-confirm="">
    <h2 id="revoke-title">
      <span data-confirm-verb="">Revoke</span> <bdi data-confirm-label=""></bdi>?
    </h2>
    <p data-confirm-consequence=""></p>
    <div class="buttons">
      <button type="button" data-cancel="">
        Cancel
      </button>
      <button type="button" class="refuse strong" data-confirm-yes="">
        Revoke
      </button>
    </div>
  </dialog>
)

/** What a person can choose to stop. */
export const STOP_KINDS = ['everything', 'agent', 'executor', 'action', 'principal', 'request'] as const
export type StopKind = (typeof STOP_KINDS)[number]

export const stopPath = (kind: StopKind, value: string): string => `/kill?${new URLSearchParams({ [kind]: value })}`

/** A button in a row of a list. */
export const StopLink = ({ kind, value }: { kind: StopKind; value: string }) => (
  <a class="button small refuse" href={stopPath(kind, value)}>
    Stop…<span class="sr-only"> {value}</span>
  </a>
)
