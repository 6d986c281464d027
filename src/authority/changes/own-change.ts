/**
 * The definition of one change to the authority itself: a row of the table in `own-changes.ts`. Defaults apply to the
 * change, never to the arguments: people consent to the arguments as they were sent. SPEC 10.
 */
import type { ActionSpec, Preview } from '@countersign/verifier'
import type * as z from 'zod'
import { previewOfArguments } from '../../domain/action/describe.ts'
import type { ConfigurationRow, Present } from '../../domain/identity/configuration-rows.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { EntryMembers, EntryType, PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import { explainIssue, ok, type Result, refuse } from '../../domain/refusal.ts'
import type { AdministrativeChange } from '../../store/contract/change-store.ts'
import type { EnrolmentStore } from '../../store/contract/enrolment-store.ts'
import type { GroupStore } from '../../store/contract/group-store.ts'
import type { CallerStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { OverdueStore } from '../../store/contract/ledger-store.ts'
import type { ObservationStore } from '../../store/contract/observation-store.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import type { ProvisioningStore } from '../../store/contract/provisioning-store.ts'
import type { Endings, RequestStore } from '../../store/contract/request-store.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'

/** All that a row may use to prepare its change: it reads the store and writes nothing to it. */
export type ChangeNeeds = Uses<
  CallerStore &
    PeopleStore &
    StopStore &
    GroupStore &
    ProvisioningStore &
    Pick<EnrolmentStore, 'waitingPasskey'> &
    PolicyStore &
    Pick<OverdueStore, 'countErasable'> &
    Pick<RequestStore, 'request'> &
    ObservationStore,
  'config' | 'examiner' | 'keys' | 'logKey' | 'notifyKeys' | 'now' | 'nowMs' | 'post' | 'randomBytes'
>

type Rows = readonly ConfigurationRow[]
type Members = Readonly<Record<string, unknown>>

/** The request that authorised a change, and the admin or own agent that proposed it; both null before the first admin. */
export interface Authorisation {
  readonly request: string | null
  readonly proposer: string | null
}

/** The result of a change. `credential` is a secret, shown once. */
export interface OwnChangeResult {
  readonly name: string
  readonly subject: string
  readonly credential?: string
  readonly expiresAt?: number
}

export interface PreparedChange {
  readonly change: AdministrativeChange
  readonly type: EntryType
  readonly members: EntryMembers
  /** The entries of what the change ends, after its own. */
  readonly entriesFor?: (own: PreparedEntry, ended: Endings) => Promise<readonly PreparedEntry[]>
  /** Further facts of the same change, with entries of their own. */
  readonly further?: readonly { readonly type: EntryType; readonly members: EntryMembers }[]
  /** The same where a seal covers all that the entry says: it names nobody besides. */
  readonly sealed?: readonly { readonly type: EntryType; readonly members: EntryMembers }[]
  /** That the entries name by digest. */
  readonly payloads?: readonly Payload[]
  readonly answer: Omit<OwnChangeResult, 'name'>
}

/** A change as its action asks for it; `resource` is the one that the action has to name. */
export interface ParsedChange {
  readonly resource: string
  readonly prepare: (deps: ChangeNeeds, by: Authorisation) => Promise<Result<PreparedChange>>
  /** Refuses what could not be carried out now, before anybody is asked to consent. */
  readonly check: (deps: ChangeNeeds) => Promise<Result<unknown>>
  /** The authority's own preview of the change. */
  readonly preview: (deps: ChangeNeeds, action: ActionSpec) => Promise<Preview>
  /** The rows of configuration that it puts in force, or out of it; none where it changes no such row. */
  readonly rows: (present: Present, request: string) => Rows | Promise<Rows>
}

interface Common {
  readonly name: `countersign.${string}`
  readonly title: string
  /** Instead of the title where there is a call: as the phrase of a catalogue. */
  readonly phrase?: string
  readonly effect: CatalogueEntry['effect']
  readonly reversible: boolean
  /** Whether the operator may make it alone while there is no admin. */
  readonly beforeFirstAdmin: boolean
  /** The refusal where the store finds the change made already. */
  readonly conflict?: () => ReturnType<typeof refuse>
}

interface Definition<Schema extends z.ZodType> extends Common {
  readonly arguments: Schema
  readonly resource: (args: z.output<Schema>) => string
  /** Stores nothing, but a signing key that signs nothing before it is published. */
  readonly prepare: (deps: ChangeNeeds, args: z.output<Schema>, by: Authorisation) => Promise<Result<PreparedChange>>
  /** Default: whether it can be prepared. */
  readonly check?: (deps: ChangeNeeds, args: z.output<Schema>) => Promise<Result<unknown>>
  /** The present values that the arguments replace; null where they add. */
  readonly replaced?: (deps: ChangeNeeds, args: z.output<Schema>) => Promise<Members | null>
  /** The name beside the id in the summary of the preview. */
  readonly named?: (deps: ChangeNeeds, args: z.output<Schema>) => Promise<string | null>
  /** Default: the arguments, beside what they replace. */
  readonly preview?: (deps: ChangeNeeds, args: z.output<Schema>) => Promise<Preview>
  /** The rows that the change makes; a row of the database counts only while it equals them. Default: none. */
  readonly rows?: (args: z.output<Schema>, present: Present, request: string) => Rows | Promise<Rows>
}

export interface OwnChange extends Common {
  /** Refuses: `invalid_request`. */
  readonly parse: (args: unknown) => Result<ParsedChange>
}

export function ownChange<Schema extends z.ZodType>(definition: Definition<Schema>): OwnChange {
  const { arguments: schema, resource, prepare, check, replaced, named, preview, rows, ...common } = definition
  return {
    ...common,
    parse(args) {
      const parsed = schema.safeParse(args)
      if (!parsed.success) {
        return refuse('invalid_request', `arguments: ${explainIssue(parsed.error.issues[0], 'all of it')}`)
      }
      const { data } = parsed
      return ok({
        resource: resource(data),
        prepare: (deps, by) => prepare(deps, data, by),
        check: (deps) => (check ? check(deps, data) : prepare(deps, data, NOBODY)),
        async preview(deps, action) {
          const summary = await named?.(deps, data)
          const shown = preview
            ? await preview(deps, data)
            : previewOfArguments(action, (await replaced?.(deps, data)) ?? null)
          return summary ? { ...shown, summary } : shown
        },
        rows: (present, request) => rows?.(data, present, request) ?? [],
      })
    },
  }
}

/** An edit is of one version: whoever reads it again sees what it would undo. */
export const changedMeanwhile = (party: 'agent' | 'executor') =>
  refuse('invalid_request', `This ${party} was changed meanwhile. Read it again, and edit what it is now.`, {
    status: 409,
  })

export const taken = (subject: string) =>
  refuse('invalid_request', `${subject} exists already. Choose another name, or revoke it first.`, { status: 409 })

const NOBODY: Authorisation = { request: null, proposer: null }

export const DAY_SECONDS = 86_400
