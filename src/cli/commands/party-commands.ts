/** Commands that add agents, executors and credentials: changes that an admin consents to. */
import type { JsonObject } from '@countersign/verifier'
import type { Command } from 'commander'
import { audienceUri } from '../../api/parties/party-shapes.ts'
import { AddAgentArguments } from '../../authority/changes/agent-changes.ts'
import { AddCredentialArguments } from '../../authority/changes/party-changes.ts'
import { catalogueFrom, challengeKeysFrom, generateChallengeKey, readsIn } from '../arguments/executor-arguments.ts'
import { jsonMembers } from '../arguments/json-file.ts'
import { makeChange } from '../changes/administer.ts'
import { type Context, contextOf } from '../context.ts'
import { usage } from '../exit.ts'
import { visible } from '../terminal/paint.ts'

interface AgentOptions {
  readonly principal?: readonly string[]
  readonly executor?: readonly string[]
  readonly group?: readonly string[]
  readonly runBy?: string
  readonly expiresInDays?: number
  readonly reason?: string
}

/** Shows the credential, once. */
export async function addAgent(id: string, options: AgentOptions, command: Command): Promise<void> {
  const given = jsonMembers({
    id,
    principals: options.principal,
    executors: options.executor,
    groups: options.group,
    run_by: options.runBy,
    expires_in_days: options.expiresInDays,
  })
  const checked = AddAgentArguments.safeParse(given)
  if (!checked.success) {
    throw usage(checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  await makeChange(
    contextOf(command),
    { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: given, reason: options.reason },
    {
      done: `The agent ${id} is registered.`,
      hint: 'Hand it to the agent, for example as COUNTERSIGN_CREDENTIAL.',
    },
  )
}

interface ExecutorOptions {
  readonly title?: string
  readonly catalogue?: string
  readonly action?: readonly string[]
  readonly challengeKey?: string
  readonly generateChallengeKey?: string
  readonly expiresInDays?: number
  readonly reason?: string
}

/** Shows the credential, once. */
export async function addExecutor(audience: string, options: ExecutorOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  if (!audienceUri.safeParse(audience).success) throw usage(`${audience} is not a URI, such as https://forum.example.`)
  const catalogue = catalogueFrom(options.catalogue, options.action ?? [])
  noteReads(context, catalogue)
  const given = jsonMembers({
    audience,
    title: options.title ?? audience.slice(0, 100),
    catalogue,
    challenge_keys: await challengeKeys(context, options),
    expires_in_days: options.expiresInDays,
  })
  await makeChange(
    context,
    { name: 'countersign.executor.add', resource: `executor:${audience}`, arguments: given, reason: options.reason },
    {
      done: `The executor ${audience} is registered, with ${catalogue.length} action${catalogue.length === 1 ? '' : 's'}.`,
      hint: 'Give it to the executor’s verifier as its credential.',
    },
  )
}

/** An action called a read by mistake runs without anybody's consent. */
export function noteReads({ output }: Context, catalogue: readonly JsonObject[]): void {
  const reads = readsIn(catalogue)
  if (reads.length > 0) output.note(`Registered as read, so nobody is asked before it runs: ${reads.join(', ')}`)
}

export async function challengeKeys(
  { output }: Context,
  { challengeKey, generateChallengeKey: out }: Pick<ExecutorOptions, 'challengeKey' | 'generateChallengeKey'>,
): Promise<JsonObject[] | undefined> {
  if (challengeKey !== undefined && out !== undefined) {
    throw usage('Give --challenge-key or --generate-challenge-key, not both.')
  }
  if (challengeKey !== undefined) return challengeKeysFrom(challengeKey)
  if (out === undefined) return undefined
  const key = await generateChallengeKey(out)
  output.note(visible(`${out} is the executor’s private key: keep it secret, and out of version control.`))
  return [key]
}

interface CredentialOptions {
  readonly expiresInDays?: number
  readonly reason?: string
}

/** Of a registered agent or executor, or of an operator or auditor, who are known by their credentials alone. */
export async function addCredential(
  kind: string,
  subject: string,
  options: CredentialOptions,
  command: Command,
): Promise<void> {
  const given = jsonMembers({ kind, subject, expires_in_days: options.expiresInDays })
  if (!AddCredentialArguments.safeParse(given).success) {
    throw usage('The kind must be agent, executor, operator or auditor; the subject names its owner.')
  }
  const resource = `credential:${kind}:${subject}`
  await makeChange(
    contextOf(command),
    { name: 'countersign.credential.add', resource, arguments: given, reason: options.reason },
    {
      done: `The ${kind} ${subject} has a new credential.`,
      hint: `Other credentials of the ${kind} stay valid: if this one replaces another, revoke that one.`,
    },
  )
}
