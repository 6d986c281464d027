/**
 * A verifier whose guards describe their actions, and publish the descriptions as the executor's catalogue.
 *
 * Publishing proposes a change that an admin approves; the same catalogue again asks nobody. SPEC 10.6.
 */
import { post, type RedemptionDesk } from '../authority/redeem.ts'
import { parseJson } from '../data/json.ts'
import { id, integer, nullable, object, oneOf, openObject, text } from '../data/shape.ts'
import { ApprovalError, ERROR_CODES } from '../errors/approval-error.ts'
import { refusing } from '../errors/refuse.ts'
import type { ActionFacts } from '../guard/action-facts.ts'
import type { GuardDefinition } from '../guard/guard.ts'
import { createVerifier, type Verifier, type VerifierOptions } from '../guard/verifier.ts'
import { createPreviewAnswers, type PreviewDesk, type PreviewSource } from './answer-preview.ts'

export type { ActionFacts, ArgumentFacts, UndoSource } from '../guard/action-facts.ts'

export type CatalogueEntry = ActionFacts & { readonly name: string }

/** What became of a publication. */
export type Publication = {
  /** The version of the executor that is in force. */
  readonly version: number
  /** The change that waits for an admin, or that was denied; null where the catalogue is in force. */
  readonly request: { readonly id: string; readonly state: string; readonly approvalUri: string } | null
}

/** A verifier that keeps what its guards say in `catalogue`. */
export type CataloguedVerifier = Verifier & {
  /** The entries of its guards so far. Throws `TypeError` for a guard that has none. */
  readonly catalogue: () => readonly CatalogueEntry[]
  /**
   * Publishes the entries of all guards as the whole catalogue: call it once, after the last guard was made. Throws
   * `ApprovalError`; its `cause` has the authority's words, with a JSON pointer where an entry is wrong.
   */
  readonly publishCatalogue: () => Promise<Publication>
  /** Answers the authority where an entry's `preview.url` leads. Throws `TypeError` without a challenge key. */
  readonly answerPreview: (request: Request) => Promise<Response>
}

type PublishedGuard = PreviewSource & { readonly catalogue?: ActionFacts }

/** Makes a verifier as `createVerifier` does. Needs the credential. */
export function createCataloguedVerifier(
  options: VerifierOptions & { readonly credential: string },
): CataloguedVerifier {
  const { issuer, credential, fetch = globalThis.fetch, timeoutMs = 5000 } = options
  const verifier = createVerifier(options)
  const guards = new Map<string, PublishedGuard>()
  const desk: RedemptionDesk = {
    issuer,
    credential,
    transport: { fetch: (input, init) => fetch(input, init), timeoutMs },
  }
  const guard = <Args extends object, Value>(name: string, definition: GuardDefinition<Args, Value>) => {
    const guarded = verifier.guard(name, definition)
    guards.set(name, definition)
    return guarded
  }
  const catalogue = () => [...guards].map(([name, { catalogue: said }]) => entryOf(name, said))
  return Object.freeze({
    ...verifier,
    guard,
    catalogue,
    publishCatalogue: () => publish(desk, catalogue()),
    answerPreview: previewsOf(options, desk, (name) => guards.get(name)),
  })
}

function previewsOf(
  { issuer, audience, challengeKey, now = () => Date.now() / 1000 }: VerifierOptions,
  { transport }: RedemptionDesk,
  find: PreviewDesk['find'],
): CataloguedVerifier['answerPreview'] {
  if (challengeKey) return createPreviewAnswers({ issuer, audience, challengeKey, transport, now, find })
  return () => {
    throw new TypeError('answerPreview needs a challengeKey: it signs the preview')
  }
}

function entryOf(name: string, facts: ActionFacts | undefined): CatalogueEntry {
  if (facts === undefined) throw new TypeError(`The guard of ${name} says nothing in catalogue`)
  return { name, ...facts }
}

async function publish(desk: RedemptionDesk, catalogue: readonly CatalogueEntry[]): Promise<Publication> {
  const { status, text: answer } = await post(desk, '/executor/catalogue', { catalogue })
  if (status !== 200) throw refusalOf(answer)
  return refusing('authority_unreachable', () => {
    const { version, request } = readPublication(parseJson(answer), 'publication')
    return { version, request: request && { id: request.id, state: request.state, approvalUri: request.approval_uri } }
  })
}

function refusalOf(answer: string): ApprovalError {
  const { code, detail } = refusing('authority_unreachable', () => readProblem(parseJson(answer), 'problem'))
  return new ApprovalError(code, { cause: detail })
}

const readProblem = openObject({ code: oneOf(...ERROR_CODES), detail: text(4000) })

const readPublication = object({
  version: integer(1),
  request: nullable(openObject({ id, state: text(32), approval_uri: text(2048) })),
})
