/**
 * Whether a passkey would sign exactly the statements that a page shows, of one request or of several.
 *
 * In: what the authority offered, and the members that the page shows. Out: the differences, in words; none when the
 * challenge is the digest of exactly those statements. It asks the server for nothing and reads no page, so a page that
 * is hosted apart from the authority can use it. SPEC 5.
 */
import {
  base64urlEncode,
  batchChallenge,
  type ConsentStatement,
  canonicalize,
  consentChallenge,
  type JsonObject,
  statementDigest,
} from '@countersign/verifier'

/** Every member of a statement; the page shows all of them but the nonce, which serves one attempt. */
export type ShownStatement = Omit<ConsentStatement, 'nonce'>

const WORDS: Readonly<Record<keyof ConsentStatement, string>> = {
  typ: 'the kind of statement',
  iss: 'the authority',
  aud: 'the executor',
  request: 'the request',
  sub: 'on whose behalf it is asked',
  act: 'the agent',
  client_id: 'who may use the token',
  action: 'the call',
  preview: 'the preview',
  state: 'what it depends on',
  policy: 'the policy',
  quorum: 'how many people have to consent',
  separation: 'whether you approve for yourself',
  uses: 'how often it may happen',
  expires: 'the deadline',
  approver: 'who consents',
  on_behalf_of: 'for whom you stand in',
  nonce: 'the nonce',
}

/** `isBatch`: offered as several, to be signed together. */
export async function differences(
  offered: readonly ConsentStatement[],
  shown: readonly ShownStatement[],
  { challenge, isBatch }: { readonly challenge: string; readonly isBatch: boolean },
): Promise<readonly string[]> {
  if (offered.length !== shown.length || (!isBatch && offered.length !== 1)) return ['the number of requests']
  const members = offered.flatMap((statement, at) => membersThatDiffer(statement, shown[at]))
  if (members.length > 0) return [...new Set(members)]
  const signed = isBatch ? await batchChallenge(await Promise.all(offered.map(statementDigest))) : await single(offered)
  return challenge === base64urlEncode(signed) ? [] : ['the challenge, which is of another statement']
}

async function single([only]: readonly ConsentStatement[]): Promise<Uint8Array> {
  if (!only) throw new TypeError('There is no statement')
  return consentChallenge(only)
}

function membersThatDiffer({ nonce, ...offered }: ConsentStatement, shown: ShownStatement | undefined): string[] {
  const [said, seen] = [new Map(Object.entries(offered)), new Map(Object.entries(shown ?? {}))]
  const differing = [...new Set([...said.keys(), ...seen.keys()])].filter(
    (name) => !isSame(said.get(name), seen.get(name)),
  )
  const unwell = typeof nonce === 'string' && /^[\w-]{43}$/.test(nonce) ? [] : ['nonce']
  return [...differing, ...unwell].map((name) => new Map(Object.entries(WORDS)).get(name) ?? 'a member not shown here')
}

const isSame = (one: JsonObject[string] | undefined, other: JsonObject[string] | undefined): boolean =>
  one !== undefined && other !== undefined && canonicalize(one) === canonicalize(other)
