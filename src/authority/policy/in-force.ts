/**
 * The policy in force, kept compiled by each process. A process's copy may be outdated: every statement that acts on a
 * decision compares its version, and on a mismatch the policy is read again. SPEC 11.
 */
import { type Digest, digestOf } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { type CedarPolicy, cedarPolicy } from '../../domain/policy/cedar/cedar-policy.ts'
import { type Compiled, compiling } from '../../domain/policy/cedar/compile.ts'
import type { CedarHost } from '../../domain/policy/cedar/engine.ts'
import { DEFAULT_POLICY } from '../../domain/policy/default-policy.ts'
import type { Policy, PolicyVersion } from '../../domain/policy/policy.ts'
import { inTurns } from '../../domain/turns.ts'
import type { PolicyStore } from '../../store/contract/policy-store.ts'
import type { Config } from '../config.ts'
import type { PolicyInForce, Uses } from '../deps.ts'

/** Names a text in statements, tokens and the ledger. */
export const policyDigest = (text: string): Promise<Digest> => digestOf({ typ: 'countersign/policy/v1', text })

interface KeeperNeeds extends Uses<PolicyStore, 'config' | 'log'> {
  readonly cedar: CedarHost
  /** The version that the ledger knows as the last: no earlier one is in force. 0 where it knows none. */
  readonly published: () => number
}

export function createPolicyKeeper(deps: KeeperNeeds): PolicyInForce {
  const compile = createCompiler(deps.cedar)
  let known: Policy | undefined
  async function read(): Promise<Policy> {
    const version = await deps.store.policyInForce()
    if (known?.version === version) return known
    const next = await readVersion(deps, compile, version)
    // Two readings may overtake each other.
    if (known !== undefined && next.version <= known.version) return known.version === version ? known : next
    known = next
    if ('prepare' in next && deps.cedar.othersTurn !== null) void next.prepare().catch(notPrepared)
    return next
  }
  const isSuperseded = (policy: Policy) => policy.version < deps.published()
  return { known: async () => (known && !isSuperseded(known) ? known : read()), read }
}

/** A decision prepares what it needs, and says itself what goes wrong. */
const notPrepared = (): void => {}

type Compiler = (row: PolicyVersion) => Promise<Compiled>

/** Those who need one version at one time share its compilation. */
function createCompiler(cedar: CedarHost): Compiler {
  const underWay = new Map<number, Promise<Compiled>>()
  return ({ version, text }) => {
    const compilation =
      underWay.get(version) ?? inTurns(cedar, compiling(cedar, text)).finally(() => underWay.delete(version))
    underWay.set(version, compilation)
    return compilation
  }
}

async function readVersion(deps: KeeperNeeds, compile: Compiler, version: number): Promise<CedarPolicy | Policy> {
  const row = await deps.store.policyVersion(version)
  const policy = row && (await policyOf(deps, row, await compile(row)))
  if (policy) return policy
  deps.log.error('policy.unreadable', { version })
  return deniesAll(deps.config, version)
}

/** The rules of one text; undefined where it does not compile, or is not what its digest names. */
async function policyOf(
  { cedar: host, config }: KeeperNeeds,
  { text, version, digest }: PolicyVersion,
  compiled: Compiled,
): Promise<CedarPolicy | undefined> {
  if (!compiled.ok || digest !== (await policyDigest(text))) return undefined
  const { origin: authority, tokenTtlSeconds: ttlSeconds, selfApproval } = config
  const { policies, facts } = compiled
  return cedarPolicy({ host, policies, facts, digest, version, defaults: { ttlSeconds, selfApproval }, authority })
}

const NOTHING: Digest = `sha-256:${'A'.repeat(43)}`

const deniesAll = ({ origin }: Config, version: number): Policy => ({
  version,
  digest: NOTHING,
  title: 'Nothing is permitted',
  authority: origin,
  facts: [],
  reads: () => ({ call: false, people: false, session: false, time: false, history: [] }),
  decide: () => ({
    effect: 'deny',
    policy: NOTHING,
    policies: [],
    reason: 'The policy in force cannot be read, so nothing is permitted. Ask the operator of this authority.',
  }),
})

/** A new authority begins with the default policy. */
export async function ensureDefaultPolicy({
  store,
  now,
  randomBytes,
}: Uses<PolicyStore, 'now' | 'randomBytes'>): Promise<void> {
  const digest = await policyDigest(DEFAULT_POLICY)
  const createdAt = now()
  const members = { policy: digest, version: 1, bootstrap: true }
  await store.ensurePolicy({
    policy: { version: 1, digest, text: DEFAULT_POLICY, author: null, request: null, createdAt },
    entry: await prepareEntry('policy.changed', createdAt, newTrace(randomBytes), members),
  })
}
