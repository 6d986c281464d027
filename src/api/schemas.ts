/**
 * The shapes of the wire: every request and response body, as zod schemas that also generate OpenAPI.
 *
 * snake_case lives here and in the verifier's claims, nowhere else. Objects are closed: unknown members are refused.
 * Actions, previews and claims are checked deeper by the verifier's own parsers; here only their outline.
 * SPEC 4 to 6, 12.
 */
import { ERROR_CODES } from '@countersign/verifier'
import { z } from 'zod'
import {
  audienceUri,
  base64url22,
  CatalogueEntry,
  nameOf,
  PublicKey,
  principalId,
} from '../domain/identity/identifiers.ts'

export { audienceUri, base64url22, CatalogueEntry, nameOf } from '../domain/identity/identifiers.ts'

const digest = z
  .string()
  .regex(/^sha-256:[A-Za-z0-9_-]{43}$/)
  .meta({
    id: 'Digest',
    description: 'sha-256: and 43 base64url characters',
    example: 'sha-256:WPVi6EnQ7H9Fh-qk9ADxmTg8zruOdVUX1esl-v3TfCI',
  })
const instant = z.int().nonnegative().meta({ description: 'Epoch seconds' })
const json = z.record(z.string(), z.unknown())
/** Any JSON object, kept as it is: a record of zod would leave out a member named `__proto__`, which is data too. */
const untouched = z
  .unknown()
  .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'not a JSON object')
  .meta({ type: 'object' }) as z.ZodType<Record<string, unknown>>

export const Action = z
  .strictObject({
    name: z.string().meta({ example: 'forum.post', description: '1 to 128 of A-Z a-z 0-9 . _ : / -' }),
    resource: z.string().meta({ example: 'forum:eng/threads/42', description: '1 to 1024 characters' }),
    arguments: untouched.meta({ description: 'Any JSON object, at most 64 KiB canonical' }),
    salt: base64url22.meta({ description: '128 random bits, base64url' }),
  })
  .meta({ id: 'Action', description: 'One side-effecting call, whole' })

export const Preview = z
  .strictObject({
    summary: z.string().optional(),
    changes: z.array(
      z.strictObject({ label: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
    ),
  })
  .meta({ id: 'Preview', description: 'What the action would change: text before and after, for each changed thing' })

export const OpenRequest = z
  .strictObject({
    audience: audienceUri,
    action: Action,
    principal: principalId.optional().meta({ description: 'Default: the first the agent is registered for' }),
    preview: Preview.optional().meta({ description: 'The agent’s own claim; shown as such' }),
    reason: z.string().min(1).max(2000).optional().meta({ description: 'In the agent’s words; shown as such' }),
    act: untouched
      .optional()
      .meta({ description: 'Further actors behind this agent, as in RFC 8693; outermost is added here' }),
    expires_in: z
      .int()
      .min(10)
      .max(86_400)
      .optional()
      .meta({ description: 'Seconds the request may wait for its answer' }),
  })
  .meta({ id: 'OpenRequest' })

export const RequestView = z
  .strictObject({
    id: base64url22,
    state: z.enum(['pending', 'approved', 'denied', 'expired', 'withdrawn']),
    decision: z.enum(['allow', 'approval']),
    trace: z.string().regex(/^[0-9a-f]{32}$/),
    txn: z.string(),
    audience: z.string(),
    name: z.string(),
    digest,
    agent: z.string(),
    actor: z.string(),
    principal: z.string(),
    quorum: z.int(),
    consents: z.int(),
    created_at: instant,
    expires_at: instant,
    interval: z.int().meta({ description: 'Seconds to leave between polls' }),
    approval_uri: z.url().meta({ description: 'The page where an approver answers; carries no authority' }),
    token: z.string().optional().meta({ description: 'The approval token, only to its actor' }),
    token_expires_at: instant.optional(),
  })
  .meta({ id: 'ApprovalRequest' })

export const TokenResponse = z
  .strictObject({ token: z.string(), expires_at: instant, jti: base64url22 })
  .meta({ id: 'CollectedToken' })

export const Redeem = z.strictObject({ token: z.string().max(12_288) }).meta({ id: 'Redeem' })
export const Redeemed = z
  .strictObject({ jti: base64url22, request: base64url22, trace: z.string(), use: z.int(), redeemed_at: instant })
  .meta({ id: 'Redemption' })
export const ReportOutcome = z
  .strictObject({
    use: z.int().min(1).max(1000).default(1),
    outcome: z.enum(['succeeded', 'failed', 'aborted']),
    result: Preview.optional(),
    detail: z.string().max(2000).optional(),
  })
  .meta({ id: 'ReportOutcome' })
export const OutcomeReported = z
  .strictObject({ jti: base64url22, use: z.int(), outcome: z.string() })
  .meta({ id: 'OutcomeReported' })

/** WebAuthn JSON as browsers make it; its inside is checked by the passkey library. */
export const credentialJson = z.looseObject({
  id: z.string().max(1400),
  rawId: z.string().max(1400),
  type: z.literal('public-key'),
  response: z.looseObject({}),
})
export const Assertion = z
  .strictObject({ assertion: credentialJson })
  .meta({ id: 'Assertion', description: 'AuthenticationResponseJSON' })
export const PasskeyOptions = z
  .strictObject({ options: json })
  .meta({ id: 'PasskeyOptions', description: 'PublicKeyCredentialRequestOptionsJSON or …CreationOptionsJSON' })
export const ConsentOffer = z
  .strictObject({ options: json, statement: json })
  .meta({ id: 'ConsentOffer', description: 'What the passkey is about to sign, and the WebAuthn options for it' })
export const Answered = z
  .strictObject({ id: base64url22, state: z.string(), consents: z.int(), quorum: z.int() })
  .meta({ id: 'Answered' })
export const Deny = z.strictObject({ reason: z.string().max(2000).optional() }).meta({ id: 'Deny' })

export const InvitationSecret = z.strictObject({ invitation: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
export const InvitationView = z
  .strictObject({
    bootstrap: z.boolean(),
    name: z.string().nullable(),
    roles: z.array(z.string()),
    expires_at: instant,
    registered: z
      .strictObject({ agents: z.array(z.string()), executors: z.array(z.string()) })
      .meta({ description: 'What was registered before there was an admin' }),
  })
  .meta({ id: 'Invitation' })
export const EnrolOptions = InvitationSecret.extend({
  name: nameOf(100),
  label: nameOf(60).optional(),
})
export const Enrol = InvitationSecret.extend({ registration: credentialJson })
export const Registration = z.strictObject({ registration: credentialJson })
export const AddPasskeyOptions = z.strictObject({ label: nameOf(60).optional() })
export const AddPasskey = z
  .strictObject({ assertion: credentialJson, registration: credentialJson })
  .meta({ description: 'A gesture with an existing passkey authorises the new one' })
export const SignedIn = z
  .strictObject({ approver: z.string(), name: z.string().nullable(), roles: z.array(z.string()) })
  .meta({ id: 'SignedIn' })
export const PasskeyView = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    kid: z.string(),
    synced: z.boolean(),
    created_at: instant,
    last_used_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .meta({ id: 'Passkey' })

export const Administer = z
  .strictObject({ action: Action })
  .meta({ id: 'Administer', description: 'The approved action, whole; its token travels in Approval-Token' })
export const Administered = z
  .strictObject({
    name: z.string(),
    subject: z.string().meta({ description: 'What was added or changed' }),
    credential: z.string().optional().meta({ description: 'Shown once' }),
    expires_at: instant.optional(),
    link: z.url().optional().meta({ description: 'One-time enrolment link, shown once' }),
  })
  .meta({ id: 'Administered' })

export const FirstAdminLink = z.strictObject({ link: z.url() }).meta({ id: 'FirstAdminLink' })

const CredentialView = z
  .strictObject({
    id: z.string(),
    prefix: z.string(),
    created_at: instant,
    expires_at: instant,
    revoked_at: instant.nullable(),
    last_used_at: instant.nullable(),
  })
  .meta({ id: 'Credential' })
export const AgentView = z
  .strictObject({
    id: z.string(),
    principals: z.array(z.string()),
    run_by: z.string().nullable(),
    created_at: instant,
    revoked_at: instant.nullable(),
    credentials: z.array(CredentialView),
  })
  .meta({ id: 'Agent' })
export const ExecutorView = z
  .strictObject({
    audience: z.string(),
    title: z.string(),
    catalogue: z.array(CatalogueEntry),
    challenge_keys: z.array(PublicKey),
    created_at: instant,
    revoked_at: instant.nullable(),
    credentials: z.array(CredentialView),
  })
  .meta({ id: 'Executor' })
export const ApproverView = z
  .strictObject({
    id: z.string(),
    name: z.string().nullable(),
    roles: z.array(z.string()),
    created_at: instant,
    removed_at: instant.nullable(),
    runs: z.array(z.string()),
    passkeys: z.array(PasskeyView),
  })
  .meta({ id: 'Approver' })
export const Agents = z.strictObject({ agents: z.array(AgentView) })
export const Executors = z.strictObject({ executors: z.array(ExecutorView) })
export const Approvers = z.strictObject({ approvers: z.array(ApproverView) })
export const Passkeys = z.strictObject({ passkeys: z.array(PasskeyView) })
export const Inbox = z.strictObject({ requests: z.array(RequestView), version: z.string() })
export const Revoked = z.strictObject({ revoked: z.literal(true) })

export const TransactionForm = z
  .strictObject({
    transaction_challenge: z.string().max(196_608).optional(),
    transaction_authorization_id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional(),
  })
  .meta({ id: 'TransactionAuthorization', description: 'One of the two (draft-rosomakho-oauth-txn-challenge)' })
export const TransactionOpened = z
  .strictObject({
    transaction_authorization_id: z.string(),
    expires_in: z.int(),
    interval: z.int(),
    authorization_uri: z.url(),
  })
  .meta({ id: 'TransactionOpened' })
export const TransactionToken = z
  .strictObject({
    access_token: z.string(),
    token_type: z.enum(['Bearer', 'DPoP']),
    expires_in: z.int(),
    authorization_details: z.array(json),
  })
  .meta({ id: 'TransactionToken' })

export const TransactionAnswer = z
  .union([TransactionOpened, TransactionToken])
  .meta({ description: 'To a challenge: the opened transaction. To an id: the token' })

export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    trace: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 with a stable code' })

export const Jwks = z.strictObject({ keys: z.array(json) }).meta({ id: 'Jwks' })
export const ApproverKeys = z
  .strictObject({
    rp_id: z.string(),
    origins: z.array(z.string()),
    approvers: z.array(z.strictObject({ approver: z.string(), agents: z.array(z.string()), keys: z.array(json) })),
  })
  .meta({ id: 'ApproverKeys' })
export const Health = z.strictObject({ status: z.enum(['ok', 'unavailable']) }).meta({ id: 'Health' })
export const Story = z
  .strictObject({ trace: z.string(), entries: z.array(json) })
  .meta({ id: 'Story', description: 'Ledger entries of one trace, in order of arrival' })

// ── the ledger ─────────────────────────────────────────────────────────────

const number = (max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'a whole number')
    .transform(Number)
    .refine((value) => value <= max, `at most ${max}`)
export const position = number(Number.MAX_SAFE_INTEGER)
const value = nameOf(256)
const EntryMembers = z.strictObject({
  type: value.optional(),
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'a trace id is 32 hex characters')
    .optional(),
  agent: value.optional(),
  principal: value.optional(),
  approver: value.optional(),
  executor: value.optional(),
  name: value.optional().meta({ description: 'Name of the action' }),
  action: digest.optional(),
  resource: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .meta({ description: 'As it stood in the action; found while its payload is kept' }),
  outcome: z.enum(['succeeded', 'failed', 'aborted']).optional(),
  origin: z.enum(['human', 'policy']).optional(),
  from: position.optional().meta({ description: 'Epoch seconds, included' }),
  to: position.optional().meta({ description: 'Epoch seconds, included' }),
  text: value.optional().meta({ description: 'Any whole id or name that the entry holds; a jti, a request, a trace' }),
  words: z
    .string()
    .max(256)
    .regex(/[\p{L}\p{N}]/u, 'at least one letter or digit')
    .optional()
    .meta({
      description:
        'Beginnings of words, all of which the arguments, preview or reason have; found until they are erased',
    }),
})
export const EntriesQuery = EntryMembers.extend({
  order: z.enum(['newest', 'oldest']).default('newest'),
  after: position.optional().meta({ description: 'The `next` of the page before' }),
  limit: number(500).default(50),
})
export const ExportQuery = EntryMembers.extend({ format: z.enum(['jsonl', 'csv']).default('jsonl') })
export const TailQuery = EntryMembers.extend({
  after: position.optional().meta({ description: 'Leaf index to go on after, where no Last-Event-ID is sent' }),
})
export const UnprovedQuery = EntryMembers.extend({ limit: number(500).default(50) })
export const ActivityQuery = z.strictObject({
  from: position,
  to: position,
  buckets: number(1000).default(60),
})
export const ArtifactsQuery = z.strictObject({ after: position.optional(), limit: number(500).default(100) })

export const LedgerEntry = z
  .strictObject({
    index: z.int(),
    leaf: digest,
    entry: json,
    approved_by: z.array(z.string()).meta({ description: 'Who consented in this trace, by now' }),
    trace_outcome: z
      .enum(['succeeded', 'failed', 'aborted', 'indeterminate'])
      .nullable()
      .meta({ description: 'How this trace ended, by now; null where nothing was reported or missed yet' }),
  })
  .meta({
    id: 'LedgerEntry',
    description: 'An entry, its place in the log, its leaf hash, and what became of its trace',
  })
export const UnprovedEntries = z
  .strictObject({ entries: z.array(z.strictObject({ leaf: digest, entry: json })) })
  .meta({ id: 'UnprovedEntries', description: 'Without a place yet: they get one with the next checkpoint' })
export const EntriesPage = z.strictObject({ entries: z.array(LedgerEntry), next: z.int().nullable() })
export const ActivityCounts = z.strictObject({
  from: instant,
  bucket_seconds: z.int(),
  buckets: z.array(z.strictObject({ at: instant, counts: z.record(z.string(), z.int()) })),
})
export const ArtifactsPage = z.strictObject({
  artifacts: z.array(
    z.strictObject({
      index: z.int(),
      jti: base64url22,
      claims: json.nullable(),
      signature: z.string().nullable(),
      kid: z.string().nullable(),
    }),
  ),
  next: z.int().nullable(),
})
export const ReportedOutcomes = z.strictObject({
  outcomes: z.array(
    z
      .strictObject({
        digest: digest.meta({
          description:
            'SHA-256 of the JCS of { typ: "countersign/payload/v1", kind: "outcome", salt, content: { result, detail } }',
        }),
        salt: base64url22,
        result: json.nullable().meta({ description: 'What really changed' }),
        detail: z.string().nullable(),
      })
      .meta({ id: 'ReportedOutcome', description: 'Its entry names it by this digest' }),
  ),
})
export const LedgerKeys = z.strictObject({
  keys: z.array(
    z.strictObject({
      kid: z.string(),
      alg: z.string(),
      public_jwk: json,
      published_at: instant,
      signs_from: instant,
      retired_at: instant.nullable(),
    }),
  ),
})
export const ReportRefusal = z
  .strictObject({
    code: z.enum(ERROR_CODES, 'expected one of the codes that calls are refused with'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9._:/-]{1,128}$/)
      .meta({ description: 'Name of the action that was tried' }),
    jti: base64url22.optional(),
    request: base64url22.optional(),
  })
  .meta({ id: 'ReportRefusal' })
export const RefusalReported = z.strictObject({ trace: z.string() }).meta({ id: 'RefusalReported' })
