/**
 * Executors and credentials: each is added with a secret that is shown once. An executor is edited too. SPEC 10.
 */
import * as z from 'zod'
import { previewOfMembers } from '../../domain/action/describe.ts'
import { Catalogue } from '../../domain/identity/catalogue.ts'
import { catalogueChanges, extentOf } from '../../domain/identity/catalogue-changes.ts'
import { changedRow, executorRow } from '../../domain/identity/configuration-rows.ts'
import { executorMembers } from '../../domain/identity/executor-members.ts'
import { audienceUri, nameOf, PublicKey } from '../../domain/identity/identifiers.ts'
import type { CatalogueEntry, Credential, JsonWebKeyWithId } from '../../domain/identity/parties.ts'
import { refusedTarget } from '../../domain/notify/target.ts'
import { ok, refuse } from '../../domain/refusal.ts'
import { credentialFor, expires_in_days } from './new-credential.ts'
import { type ChangeNeeds, changedMeanwhile, ownChange, taken } from './own-change.ts'

export const addExecutor = ownChange({
  name: 'countersign.executor.add',
  title: 'Register the executor {title} at {audience}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: true,
  arguments: z.strictObject({
    audience: audienceUri,
    title: nameOf(100),
    catalogue: Catalogue,
    challenge_keys: z.array(PublicKey).max(8).default([]),
    expires_in_days,
  }),
  resource: ({ audience }) => `executor:${audience}`,
  check: async ({ config, store }, { audience, catalogue }) =>
    (await store.executor(audience))?.revokedAt === null ? taken(audience) : checkPreviewTargets(config, catalogue),
  // The call lists the rest.
  preview: async (_, { audience, catalogue }) => ({
    changes: [{ label: `executor:${audience}`, before: null, after: extentOf(catalogue) }],
  }),
  rows: ({ audience, title, catalogue, challenge_keys: keys }) => [
    executorRow({ audience, title, catalogue, challengeKeys: keys.map(keyOf) }),
  ],
  async prepare(deps, { audience, title, catalogue, challenge_keys: given, expires_in_days: days }) {
    const { secret, hash, credential, members } = await credentialFor(deps, 'executor', audience, days)
    const challengeKeys = given.map(keyOf)
    // Versions go on counting where an executor is registered anew, so that none comes twice.
    const version = ((await deps.store.executor(audience))?.version ?? 0) + 1
    const row = { audience, title, catalogue, challengeKeys, version }
    return ok({
      change: {
        kind: 'executor.add',
        executor: { ...row, createdAt: credential.createdAt, revokedAt: null },
        credential,
        hash,
      },
      type: 'executor.added',
      members: { ...(await executorMembers(row)), ...members },
      answer: { subject: audience, credential: secret, expiresAt: credential.expiresAt },
    })
  },
})

/** `version`: of the executor that was edited. What is not given stays as it is. */
export const UpdateExecutorArguments = z
  .strictObject({
    audience: audienceUri,
    version: z.int().min(1).max(2_147_483_646),
    title: nameOf(100).optional(),
    catalogue: Catalogue.optional(),
    challenge_keys: z.array(PublicKey).max(8).optional(),
  })
  .refine(
    ({ title, catalogue, challenge_keys: keys }) => (title ?? catalogue ?? keys) !== undefined,
    'give a title, a catalogue or challenge_keys',
  )

/** Each preview asks anew: an address that was public when the catalogue was published may not be so later. */
function checkPreviewTargets({ privateWebhooks }: ChangeNeeds['config'], catalogue: readonly CatalogueEntry[] = []) {
  for (const [at, { preview }] of catalogue.entries()) {
    const words = preview && refusedTarget(preview.url, privateWebhooks)
    if (words) return refuse('invalid_request', `arguments: /catalogue/${at}/preview/url: ${words}`)
  }
  return ok(true as const)
}

const editedMeanwhile = () => changedMeanwhile('executor')

export const updateExecutor = ownChange({
  name: 'countersign.executor.update',
  title: 'Change the executor {audience}',
  named: async ({ store }, { audience }) => (await store.executor(audience))?.title ?? null,
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: editedMeanwhile,
  arguments: UpdateExecutorArguments,
  resource: ({ audience }) => `executor:${audience}`,
  async preview({ store }, { audience, catalogue, ...given }) {
    const now = await store.executor(audience)
    const before = { version: now?.version, title: now?.title, challenge_keys: now?.challengeKeys }
    const named = Object.entries(before).filter(([name]) => name in given)
    const { changes } = previewOfMembers(`executor:${audience}`, given, Object.fromEntries(named))
    return { changes: [...changes, ...(catalogue ? catalogueChanges(now?.catalogue ?? [], catalogue) : [])] }
  },
  async check({ config, store }, { audience, version, catalogue }) {
    if (audience === config.origin) return refuse('forbidden', 'The authority’s own catalogue is part of its build.')
    const now = await store.executor(audience)
    if (!now || now.revokedAt !== null) return refuse('not_found', `There is no executor ${audience}. Add it first.`)
    return now.version === version ? checkPreviewTargets(config, catalogue) : editedMeanwhile()
  },
  rows: ({ audience, title, catalogue, challenge_keys: keys }, present) => [
    changedRow(present, 'executor', audience, { title, catalogue, challenge_keys: keys?.map(keyOf) }),
  ],
  // The statement that makes the change compares the version.
  async prepare({ store }, { audience, version, title, catalogue, challenge_keys: keys }) {
    const now = await store.executor(audience)
    if (!now || now.version < version) return editedMeanwhile()
    const executor = {
      ...now,
      title: title ?? now.title,
      catalogue: catalogue ?? now.catalogue,
      challengeKeys: keys?.map(keyOf) ?? now.challengeKeys,
      version: version + 1,
    }
    return ok({
      change: { kind: 'executor.update', executor },
      type: 'executor.changed',
      members: await executorMembers(executor),
      answer: { subject: audience },
    })
  },
})

export const AddCredentialArguments = z.strictObject({
  kind: z.enum(['agent', 'executor', 'operator', 'auditor']),
  subject: nameOf(256),
  expires_in_days,
})

const revokedMeanwhile = () =>
  refuse('not_found', 'The agent or executor of this credential was revoked meanwhile. Add it first.')

export const addCredential = ownChange({
  name: 'countersign.credential.add',
  title: 'Give the {kind} {subject} a new credential',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: true,
  conflict: revokedMeanwhile,
  arguments: AddCredentialArguments,
  resource: ({ kind, subject }) => `credential:${kind}:${subject}`,
  async prepare(deps, { kind, subject, expires_in_days: days }) {
    if (!(await isKnown(deps, kind, subject))) {
      return refuse('not_found', `There is no ${kind} ${subject}. Add it first.`)
    }
    const { secret, hash, credential, members } = await credentialFor(deps, kind, subject, days)
    return ok({
      change: { kind: 'credential.add', credential, hash },
      type: 'credential.added',
      members: { kind, subject, ...members },
      answer: { subject, credential: secret, expiresAt: credential.expiresAt },
    })
  },
})

/** Operators and auditors are known by their credentials alone. */
async function isKnown({ store }: ChangeNeeds, kind: Credential['kind'], subject: string): Promise<boolean> {
  if (kind === 'agent') return (await store.agent(subject))?.revokedAt === null
  return kind !== 'executor' || (await store.executor(subject))?.revokedAt === null
}

/** Without `use` and `key_ops`, which say nothing here. */
function keyOf({ kty, kid, alg, crv, x, y }: z.output<typeof PublicKey>): JsonWebKeyWithId {
  return { kty, kid, alg, crv, x, ...(y === undefined ? {} : { y }) }
}
