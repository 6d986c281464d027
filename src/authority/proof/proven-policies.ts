/**
 * Versions of the policy according to the ledger: one that nobody consented to cannot be read, and one that was superseded
 * decides nothing any more, whatever rows are gone. SPEC 10.4, 11.
 */
import { endedRow } from '../../domain/identity/configuration-rows.ts'
import type { PolicyVersion } from '../../domain/policy/policy.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import { policyDigest } from '../policy/in-force.ts'
import type { Follower } from './follow-ledger.ts'
import type { ProofParts } from './proof-parts.ts'

/** 0 before one was published. */
export const publishedVersion = ({ inForce }: Pick<Follower, 'inForce'>): number =>
  Number(inForce.present('policyversion', 'policy')?.['version'] ?? 0)

export const provenPolicies = (
  { store, follower, findings }: ProofParts,
  check: (row: PolicyVersion | undefined) => Promise<PolicyVersion | undefined>,
) =>
  ({
    async policyInForce() {
      const published = publishedVersion(follower)
      const version = await store.policyInForce()
      if (version >= published) return version
      await findings.report(endedRow('policy', String(published)))
      return 0
    },
    async policyVersion(version) {
      const row = await store.policyVersion(version)
      const proven = await check(row && { ...row, digest: await policyDigest(row.text) })
      return proven && row
    },
  }) satisfies Partial<PolicyStore>
