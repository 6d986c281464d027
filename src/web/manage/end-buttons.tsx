/** The buttons that end an agent or an executor: stop it for now, or revoke it for good. No passkey needed. */
import type { Executor } from '../../domain/identity/parties.ts'
import { CONSEQUENCES, RevokeButton } from '../parts/revoke-button.tsx'
import { StopLink } from '../parts/stop-link.tsx'

export const executorPath = (audience: string): string => `/executors/${encodeURIComponent(audience)}`

export const EndAgent = ({ id }: { id: string }) => (
  <>
    <StopLink kind="agent" value={id} />
    <RevokeButton path={`/agents/${encodeURIComponent(id)}`} label={id} consequence={CONSEQUENCES.agent} />
  </>
)

export const EndExecutor = ({ executor: { audience, title } }: { executor: Executor }) => (
  <>
    <StopLink kind="executor" value={audience} />
    <RevokeButton path={executorPath(audience)} label={title} consequence={CONSEQUENCES.executor} />
  </>
)
