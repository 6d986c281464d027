/**
 * Publishes a policy: the whole text replaces the one in force. A text that does not compile or is unsafe is refused
 * with the reason before anybody is asked. The preview shows each changed policy. SPEC 10, 11.
 */
import type { Preview, PreviewChange } from '@countersign/verifier'
import * as z from 'zod'
import { policyRow, policyVersionRow } from '../../domain/identity/configuration-rows.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import { type Problem, placeAt, splitPolicies } from '../../domain/policy/cedar/split-policies.ts'
import { problemsInWords, rulesFor } from '../../domain/policy/drafts/draft-rules.ts'
import { type Askable, faultOf, probesOf } from '../../domain/policy/drafts/examine-draft.ts'
import { type Observation, observedInWords } from '../../domain/policy/drafts/observation.ts'
import { membersAmong } from '../../domain/policy/quorum.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { ObservationStore } from '../../store/contract/observation-store.ts'
import { knownNames } from '../drafts/known-names.ts'
import { policyDigest } from '../policy/in-force.ts'
import { type ChangeNeeds, ownChange } from './own-change.ts'

/** `version`: of the policy that was edited. */
export const PublishArguments = z.strictObject({
  version: z.int().min(1).max(2_147_483_646),
  text: z.string().min(1).max(64_000),
})

const publishedMeanwhile = () =>
  refuse('invalid_request', 'Another policy was published meanwhile. Read it again, and edit what it is now.', {
    status: 409,
  })

export const publishPolicy = ownChange({
  name: 'countersign.policy.publish',
  title: 'Publish a policy in place of version {version}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: publishedMeanwhile,
  arguments: PublishArguments,
  resource: () => 'policy',
  rows: async ({ version, text }) => [policyRow({ version: version + 1, digest: await policyDigest(text) })],
  async check(deps, { version, text }) {
    if ((await deps.store.policyInForce()) !== version) return publishedMeanwhile()
    return examine(deps, text)
  },
  async preview(deps, { version, text }) {
    const { store, now } = deps
    const [before, observed] = await Promise.all([store.policyVersion(version), observedBy(store, text)])
    const observation = observed ? observedInWords(observed, now()) : UNOBSERVED
    const summary = [observation, ...warningsInWords(await examine(deps, text))].join(' ')
    return { summary, ...previewOf(before?.text ?? '', text) }
  },
  // The statement that makes the change compares the version.
  async prepare(deps, { version, text }, { request, proposer }) {
    const fit = await examine(deps, text)
    if (!fit.ok) return fit
    const digest = await policyDigest(text)
    const next = version + 1
    const seal = await sealRow(deps.logKey, policyVersionRow(next, digest))
    return ok({
      change: {
        kind: 'policy.publish',
        policy: { version: next, digest, text, author: proposer, request, createdAt: deps.now() },
      },
      type: 'policy.changed',
      members: { policy: digest, version: next, seal },
      answer: { subject: `version ${next}` },
    })
  },
})

/** Its warnings, where nothing is wrong. */
async function examine(deps: ChangeNeeds, text: string): Promise<Result<readonly Problem[]>> {
  const askable = await askableOf(deps)
  const own = await deps.store.executor(deps.config.origin)
  if (!own) throw new Error('The authority is not registered as its own executor')
  const rules = await rulesFor(text, deps.config)
  const answer = await deps.examiner.answer({
    text,
    rules,
    ...probesOf(own, askable, deps.now()),
    validate: await knownNames(deps),
  })
  if (answer.kind === 'busy') return refuse('rate_limited', answer.words, { retryAfterSeconds: 5 })
  if (answer.kind === 'failed') return refuse('invalid_request', answer.words)
  if (answer.kind === 'faulty') return refuse('invalid_request', problemsInWords(answer.problems))
  if (answer.findings.faults.length > 0) return refuse('invalid_request', problemsInWords(answer.findings.faults))
  const fault = faultOf(answer.policies, answer.decisions, askable)
  if (fault === null) return ok(answer.findings.warnings)
  const { line, column } = placeAt(text, fault.policy?.start ?? 0)
  return refuse('invalid_request', fault.policy ? `Line ${line}, column ${column}: ${fault.words}` : fault.words)
}

/** For the admin who is asked to consent. */
function warningsInWords(examined: Result<readonly Problem[]>): readonly string[] {
  if (!examined.ok) return ['It could not be examined for warnings just now.']
  return examined.value.length === 0 ? [] : [`Warning: ${problemsInWords(examined.value)}`]
}

async function askableOf({ store }: ChangeNeeds): Promise<Askable> {
  const [approvers, groups] = await Promise.all([store.listApprovers(), store.listGroups()])
  return { people: membersAmong(approvers), groups: groups.map(({ name }) => name) }
}

const UNOBSERVED = 'This text was not observed beside the policy in force.'

/** The latest observation of exactly this text. */
async function observedBy(store: ObservationStore, text: string): Promise<Observation | undefined> {
  const digest = await policyDigest(text)
  return (await store.listObservations()).find((observation) => observation.digest === digest)
}

const MAX_CHANGES = 200

/** One change for each policy that is new, gone or different; the whole text where none is. */
function previewOf(before: string, after: string): Preview {
  const [old, next] = [namedPolicies(before), namedPolicies(after)]
  if (!old || !next) return whole(before, after)
  const changes: PreviewChange[] = []
  for (const name of new Set([...old.keys(), ...next.keys()])) {
    const change = { label: name, before: old.get(name) ?? null, after: next.get(name) ?? null }
    if (change.before !== change.after) changes.push(change)
  }
  const isReadable = changes.length > 0 && changes.length <= MAX_CHANGES
  return isReadable ? { changes } : whole(before, after)
}

const whole = (before: string, after: string): Preview => ({
  changes: [{ label: 'The whole policy', before, after }],
})

/** Undefined where two would have one name, so that none hides behind another. */
function namedPolicies(text: string): ReadonlyMap<string, string> | undefined {
  const split = splitPolicies(text)
  const policies = split.ok ? split.policies : []
  const named = new Map(policies.map((policy, at) => [nameOf(policy.text, at), policy.text]))
  return named.size === policies.length ? named : undefined
}

const nameOf = (text: string, at: number): string =>
  `Policy “${/@id\s*\(\s*"([^"\\]{1,100})"/.exec(text)?.[1] ?? `policy ${at + 1}`}”`
