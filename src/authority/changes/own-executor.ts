/**
 * The authority as an executor: what can be asked of it, each a change that an admin consents to.
 *
 * In: its origin and name. Out: its row in the list of executors, without keys: it challenges nobody. SPEC 10.
 */
import type { Executor } from '../../domain/identity/parties.ts'

/** The authority's own entry in the list of executors: what can be asked of it. */
export const ownExecutor = (origin: string, title: string): Executor => ({
  audience: origin,
  title,
  catalogue: [
    { name: 'countersign.agent.add', effect: 'write', reversible: true, title: 'Let the agent {id} propose actions' },
    {
      name: 'countersign.executor.add',
      effect: 'write',
      reversible: true,
      title: 'Register the executor {title} at {audience}',
    },
    {
      name: 'countersign.credential.add',
      effect: 'write',
      reversible: true,
      title: 'Give {subject} another credential ({kind})',
    },
    { name: 'countersign.approver.invite', effect: 'write', reversible: true, title: 'Invite {name} to approve here' },
    { name: 'countersign.key.rotate', effect: 'write', reversible: false, title: 'Change a key that signs' },
    { name: 'countersign.webhook.add', effect: 'write', reversible: true, title: 'Tell {url} of events' },
    { name: 'countersign.payload.erase', effect: 'destructive', reversible: false, title: 'Erase payloads by {rule}' },
    {
      name: 'countersign.killswitch.release',
      effect: 'write',
      reversible: true,
      title: 'Release the kill switch {id}',
    },
  ],
  challengeKeys: [],
  version: 1,
  createdAt: 0,
  revokedAt: null,
})
