/** Says that an outside engine decides, which one, and what still applies beside it. SPEC 11.2. */
import type { Services } from '../../authority/compose.ts'
import { engineTitle } from '../../domain/policy/outside/engine-answer.ts'
import { Notice } from '../parts/card.tsx'

/** Nothing where the policy itself decides. */
export const EngineNotice = ({ engine }: { engine: Services['config']['engine'] }) =>
  engine === null ? null : (
    <Notice tone="warn" icon="info">
      <b>{engineTitle(engine)} decides about calls to executors, not this policy.</b> Without its answer they are
      denied. This policy still decides about changes to the authority. Catalogues, kill switches, and the people who
      have to consent by the engine’s terms apply as before.
    </Notice>
  )
