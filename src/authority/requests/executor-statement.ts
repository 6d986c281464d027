/** The statements of an executor about a call: its preview by digest, and the keys that sign its challenges. SPEC 2.1, 4.4. */
import { type ActionSpec, importVerificationKey, type Preview, previewDigest } from '@countersign/verifier'
import type { Proposal } from '../../domain/approval/new-request.ts'
import type { Executor } from '../../domain/identity/parties.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

/** `by` is the author of the preview: only an executor's own counts as a fact. */
export async function digestedPreview(
  by: 'executor' | 'agent',
  content: Preview,
  { audience }: Executor,
  { salt }: ActionSpec,
): Promise<NonNullable<Proposal['preview']>> {
  return { by, content, digest: await previewDigest(content, { by, audience, salt }) }
}

export async function challengeKey({ store }: Uses<CallerStore>, kid: string, audience: string) {
  const executor = await store.executor(audience)
  const jwk = executor?.revokedAt === null ? executor.challengeKeys.find((key) => key.kid === kid) : undefined
  return jwk && importVerificationKey(jwk)
}
