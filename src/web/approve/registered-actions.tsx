/**
 * The actions that an executor registers, one folded row each: its title and effect, and the first line of its
 * description. A row holds all that the catalogue says of the action, hidden characters named. SPEC 10.8.
 */
import type { ActionSpec } from '@countersign/verifier'
import { Catalogue } from '../../domain/identity/catalogue.ts'
import { linesOfEntry } from '../../domain/identity/catalogue-changes.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import { EffectPill } from '../parts/request-sentence.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

const WITH_CATALOGUE = ['countersign.executor.add', 'countersign.executor.update']

/** Null for a call that registers none. */
export function registeredIn({ name, arguments: { catalogue } }: ActionSpec): readonly CatalogueEntry[] | null {
  const parsed = WITH_CATALOGUE.includes(name) ? Catalogue.safeParse(catalogue) : undefined
  return parsed?.success ? parsed.data : null
}

interface RegisteredProps {
  readonly entries: readonly CatalogueEntry[]
  /** The difference of a change stands elsewhere: here all of it is folded. */
  readonly isChange: boolean
}

export const RegisteredActions = ({ entries, isChange }: RegisteredProps) =>
  isChange ? (
    <details class="fold">
      <summary>The whole catalogue: {count(entries.length, 'action')}</summary>
      <Rows entries={entries} />
    </details>
  ) : (
    <Rows entries={entries} />
  )

const Rows = ({ entries }: Pick<RegisteredProps, 'entries'>) => (
  <div class="registered">
    {entries.map((entry) => (
      <details class="fold">
        <summary>
          <b>
            <UntrustedText text={entry.title ?? entry.name} limit={80} whole />
          </b>{' '}
          <EffectPill effect={entry.effect} />{' '}
          {entry.effect === 'read' || entry.schema ? null : <span class="pill warn">Calls are not checked</span>}
          <FirstLine text={entry.description} />
        </summary>
        <figure class="raw mono" tabindex={0} aria-label={`All of ${entry.name}`}>
          <UntrustedText text={linesOfEntry(entry)} lines="kept" />
        </figure>
        {entry.pin === undefined ? null : <p class="body muted mono">pin {entry.pin}</p>}
      </details>
    ))}
  </div>
)

const FirstLine = ({ text }: { text: string | undefined }) =>
  text === undefined ? null : (
    <span class="block muted">
      <UntrustedText text={text.trimStart().split('\n')[0] ?? ''} limit={100} />
    </span>
  )
