/**
 * Asks the authority whether a hook could work with these credentials: it answers, knows both, has the machine's catalogue,
 * and lets the agent act there. Asks nobody, and writes no entry.
 */
import { type Client, createClient, type Problem } from '../../client/client.ts'
import type { CodingClient } from '../../domain/coding/coding-call.ts'
import { WORKSTATION } from '../../domain/coding/workstation.ts'
import { EXIT, Failure, failureOf, unreachableWords } from '../exit.ts'

/** A credential, and the file that it was read from. */
export interface HeldCredential {
  readonly file: string
  readonly secret: string
}

export interface HookParties {
  readonly client: CodingClient
  readonly url: string
  readonly agent: HeldCredential
  readonly executor: HeldCredential
}

/** Ids: of the agent, and the audience that the machine is. */
export interface KnownParties {
  readonly agent: string
  readonly audience: string
}

/** Throws a `Failure` that says what is missing. */
export async function checkParties(parties: HookParties): Promise<KnownParties> {
  const { url, agent, executor } = parties
  const [asAgent, asExecutor] = [agent, executor].map(({ secret }) => createClient({ origin: url, credential: secret }))
  if (!asAgent || !asExecutor) throw new TypeError('There are two credentials')
  const known = {
    agent: await subjectOf(asAgent, agent.file),
    audience: await subjectOf(asExecutor, executor.file),
  }
  await checkCatalogue(asExecutor, known)
  await checkReach(asAgent, parties, known)
  return known
}

async function subjectOf(client: Client, file: string): Promise<string> {
  const answer = await client.call('viewOwnCredential')
  if (answer.ok) return answer.value.subject
  throw notInstalled(answer.problem, client.origin, file)
}

function notInstalled(problem: Problem, url: string, file: string): Failure {
  if (problem.code === 'authority_unreachable')
    return new Failure(problem.code, `${problem.detail} ${NOTHING_DONE} ${unreachableWords(url)}`, EXIT.unreachable)
  if (problem.code !== 'unauthenticated') return failureOf(problem)
  const words = `The credential in ${file} is unknown to ${url}, revoked or expired. ${NOTHING_DONE}`
  return new Failure(problem.code, `${words} Use one that this authority gave out, or name its authority with --url.`)
}

const NOTHING_DONE = 'The hook was not installed.'

async function checkCatalogue(client: Client, { audience }: KnownParties): Promise<void> {
  const answer = await client.call('ownCatalogue')
  if (!answer.ok) throw failureOf(answer.problem)
  const names = new Set(answer.value.catalogue.map(({ name }) => name))
  const missing = WORKSTATION.filter(({ name }) => !names.has(name)).map(({ name }) => name)
  if (missing.length === 0) return
  throw new Failure(
    'invalid_request',
    `${audience} has no ${missing.join(', ')} in its catalogue. ${NOTHING_DONE} Register it with --catalogue and what countersign hook catalogue prints.`,
  )
}

/** A call that stays within the client: where it is denied, nothing would run. */
async function checkReach(client: Client, parties: HookParties, { agent, audience }: KnownParties): Promise<void> {
  const answer = await client.call('evaluateAccess', {
    body: {
      subject: { type: 'agent', id: agent },
      action: { name: 'agent.plan', properties: { tool: 'hook install' } },
      resource: { type: 'executor', id: parties.client, properties: { audience } },
    },
  })
  if (!answer.ok) throw failureOf(answer.problem)
  const { decision, context } = answer.value
  if (decision || context.access_request) return
  const words = `${agent} may do nothing at ${audience} now: ${context.detail}`
  throw new Failure(
    'policy_denied',
    `${words} ${NOTHING_DONE} Give it this executor with countersign agent edit, or install all the same with --unchecked.`,
  )
}
