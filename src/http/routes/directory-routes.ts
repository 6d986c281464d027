/** Routes about directories, for admins. */
import { directoriesView } from '../../api/parties/directory-shapes.ts'
import { invitationLinkView } from '../../api/parties/party-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { ok } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

export function serveDirectories(router: Router, { provisioning, people }: Services): void {
  router.serve('listDirectories', async () => ok(directoriesView(await provisioning.overview())))
  router.serve('revokeDirectory', ({ caller, param }) => provisioning.revoke(caller, param('id')), revocationView)
  router.serve(
    'inviteProvisioned',
    ({ caller, param }) => people.inviteProvisioned(caller, param('id')),
    invitationLinkView,
  )
}
