/** When texts were erased, and by whose order. SPEC 8. */
import type { Erasure } from '../../authority/requests/who-erased.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import { Moment } from './times.tsx'
import { UntrustedText } from './untrusted-text.tsx'

interface ErasedByProps {
  readonly erasure: Erasure
  readonly nameOf: NameOf
}

/** In a sentence, after “were erased”. */
export const ErasedBy = ({ erasure: { order, by, at }, nameOf }: ErasedByProps) => (
  <>
    {' '}
    on <Moment at={at} />
    {order === null ? (
      ', by the retention that is configured'
    ) : (
      <>
        , by <a href={`/requests/${order}`}>an order</a> that{' '}
        {by.map((id, place) => (
          <>
            {place === 0 ? '' : ', '}
            <UntrustedText text={nameOf(id)} limit={100} />
          </>
        ))}{' '}
        approved
      </>
    )}
  </>
)
