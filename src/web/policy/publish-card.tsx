/** The form that proposes a draft of the policy for publication: an approved action, like every change. SPEC 11. */
import type { PropsWithChildren } from 'hono/jsx'
import { ChangeForm } from '../parts/change-dialog.tsx'

/** `version`: of the policy that was edited. The text is a field of the form, wherever it stands. */
export const PublishCard = ({ version, children }: PropsWithChildren<{ version: number }>) => (
  <ChangeForm change="policy" title="Publish the draft" button="Propose…">
    <p class="hint">
      It is examined first. Then admins consent, as many as the policy in force asks, to each policy that is new, gone
      or different, and to what was observed.
    </p>
    <input type="hidden" name="version" value={version} />
    {children}
  </ChangeForm>
)
