/** Routes of agents' sessions. */
import { agentSessionView } from '../../api/parties/agent-session-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { ok } from '../../domain/refusal.ts'
import { waitMs } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

export function serveAgentSessions(router: Router, { agentSessions }: Services): void {
  router.serve('listAgentSessions', async () => ok({ sessions: (await agentSessions.list()).map(agentSessionView) }))
  router.serve('offerAgentSession', ({ caller, param, body }) => agentSessions.offer(caller, param('id'), body))
  router.serve(
    'openAgentSession',
    ({ caller, param, body }) => agentSessions.open(caller, param('id'), body.assertion),
    (session) => agentSessionView({ ...session, isEnding: false }),
  )
  router.serve(
    'viewAgentSession',
    ({ caller, param, context }) => agentSessions.view(caller, param('id'), waitMs(context), context.req.raw.signal),
    agentSessionView,
  )
  router.serve('endAgentSession', ({ caller, param }) => agentSessions.end(caller, param('id')), revocationView)
}
