/** The agents that the asking agent acts for: each proven by its own token, or a claim that nobody has verified. */
import type { ActorChain } from '../../domain/approval/approval-request.ts'
import { UntrustedText } from './untrusted-text.tsx'

interface ActsForProps {
  readonly chain: ActorChain | undefined
  /** The links that actor tokens prove. */
  readonly actors: readonly string[]
}

export const ActsFor = ({ chain, actors }: ActsForProps) =>
  chain ? (
    <>
      {' acting for '}
      <span class="value">
        <UntrustedText text={chain.sub} limit={128} />
      </span>{' '}
      {actors.includes(chain.sub) ? (
        <span class="pill">proven</span>
      ) : (
        <span class="pill warn">claimed, not verified</span>
      )}
      <ActsFor chain={chain.act} actors={actors} />
    </>
  ) : null
