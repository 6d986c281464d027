/**
 * The export of the configuration in force and its proofs, as lines of JSON: a head, then each approved change with
 * its consents, then each row. A reader trusts no line before it is proven. SPEC 10.13.
 */
import { type JsonObject, parseAction } from '@countersign/verifier'
import { isJsonObject, readLoggedConsent } from '@countersign/verifier/authority'
import * as z from 'zod'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ActorChain } from '../../domain/approval/approval-request.ts'
import type { ConfigurationRow, RowKind } from '../../domain/identity/configuration-rows.ts'
import type { StoredConsent } from '../../store/contract/request-store.ts'
import type { ProvableRequest } from './prove-change.ts'

const text = z.string().max(4_096)
const count = z.int().min(0)
const digest = z.templateLiteral(['sha-256:', z.string().max(64)])
const object = z.custom<JsonObject>(isJsonObject)

const HeadLine = z.strictObject({
  /** When the rows were read, epoch seconds. */
  at: count,
  issuer: z.url().max(4_096),
  rp_id: text,
  title: text,
  /** The rows follow from this number of configuration entries, counted from the first of the log. */
  entries: count,
  /** The note that seals these entries. */
  seal: z.string().max(65_536),
  /** The parties, credentials and kill switches that the first admin signed; null before the enrolment. */
  registered: object.nullable(),
})

export type ConfigurationHead = z.output<typeof HeadLine>

const isActor = (value: unknown): value is ActorChain =>
  isJsonObject(value) && typeof value['sub'] === 'string' && (!('act' in value) || isActor(value['act']))

const ChangeLine = z.strictObject({
  request: text,
  trace: text,
  aud: text,
  sub: text,
  act: z.custom<ActorChain>(isActor),
  client_id: text,
  action: object,
  digest,
  preview: digest.nullable(),
  state: digest.nullable(),
  policy: digest,
  quorum: count,
  device_bound: z.boolean(),
  uses: count,
  separation: z.boolean().nullable(),
  expires: count,
  consents: z.array(object).max(16),
})

const KINDS = [
  'absence',
  'agent',
  'agentsession',
  'credential',
  'directory',
  'erasure',
  'executor',
  'group',
  'killswitch',
  'passkey',
  'person',
  'policy',
  'signingkey',
  'webhook',
] as const satisfies readonly RowKind[]

const RowLine = z.strictObject({ kind: z.enum(KINDS), id: text, content: object })

const Line = z.strictObject({ head: HeadLine.optional(), change: ChangeLine.optional(), row: RowLine.optional() })

type Consents = readonly Pick<StoredConsent, 'consent'>[]

export interface ProvableChange {
  readonly request: ProvableRequest
  readonly consents: Consents
}

/** An approved change; null where its action was erased, and proves nothing. */
export function changeLine({ request, consents }: ProvableChange): JsonObject | null {
  if (request.action === null) return null
  const change: z.input<typeof ChangeLine> = {
    request: request.id,
    trace: request.trace,
    aud: request.audience,
    sub: request.principal,
    act: request.act,
    client_id: request.actor,
    action: plainJson(request.action),
    digest: request.digest,
    preview: request.preview?.digest ?? null,
    state: request.stateDigest,
    policy: request.policy,
    quorum: request.terms.quorum,
    device_bound: request.terms.deviceBound ?? false,
    uses: request.terms.uses,
    separation: request.separation,
    expires: request.expiresAt,
    consents: consents.map(({ consent }) => plainJson(consent)),
  }
  return plainJson({ change })
}

export interface Claimed {
  readonly head: ConfigurationHead
  readonly changes: ReadonlyMap<string, ProvableChange>
  readonly rows: readonly ConfigurationRow[]
}

/** Throws for an unknown kind of line, and when the first line is not a head. */
export function readLines(lines: readonly string[]): Claimed {
  const read = lines.map((line) => Line.parse(JSON.parse(line)))
  const head = HeadLine.parse(read[0]?.head)
  const changes = read.flatMap(({ change }) => (change ? [readChange(change)] : []))
  return {
    head,
    changes: new Map(changes.map((change) => [change.request.id, change])),
    rows: read.flatMap(({ row }) => (row ? [row] : [])),
  }
}

function readChange(change: z.output<typeof ChangeLine>): ProvableChange {
  const action = parseAction(change.action)
  const request: ProvableRequest = {
    id: change.request,
    trace: change.trace,
    audience: change.aud,
    principal: change.sub,
    act: change.act,
    actor: change.client_id,
    name: action.name,
    action,
    digest: change.digest,
    preview: change.preview === null ? null : { digest: change.preview },
    stateDigest: change.state,
    policy: change.policy,
    terms: { quorum: change.quorum, deviceBound: change.device_bound, uses: change.uses },
    separation: change.separation,
    expiresAt: change.expires,
  }
  return { request, consents: change.consents.map((consent, at) => ({ consent: readLoggedConsent(consent, `${at}`) })) }
}
