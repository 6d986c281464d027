/** Says that a kill switch names an unknown target, and suggests a similar name. */
import type { UnknownTarget } from '../../authority/stop/unknown-targets.ts'
import { Notice } from '../parts/card.tsx'
import { STOP_KINDS, stopPath } from '../parts/stop-and-revoke.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

interface UnknownTargetsProps {
  readonly targets: readonly UnknownTarget[]
  /** With a link that chooses what may have been meant. */
  readonly suggest?: boolean
}

export const UnknownTargets = ({ targets, suggest = false }: UnknownTargetsProps) => (
  <>
    {targets.map((target) => (
      <Notice tone="warn" icon="warning">
        <span data-unknown="">
          <UntrustedText text={target.sentence} />
        </span>
        {suggest ? <Suggested target={target} /> : null}
      </Notice>
    ))}
  </>
)

const Suggested = ({ target: { member, suggestion } }: { target: UnknownTarget }) => {
  const kind = STOP_KINDS.find((known) => known === member)
  if (kind === undefined || suggestion === null) return null
  return (
    <>
      {' '}
      <a href={stopPath(kind, suggestion)}>
        Choose <UntrustedText text={suggestion} />
      </a>
    </>
  )
}
