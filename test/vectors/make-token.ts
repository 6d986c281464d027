/** Tokens with everything around them: one that holds, or one fault, and what a verifier must say. */
import { base64urlEncode, type JsonObject, type JsonValue, sha256, stateDigest } from '@countersign/verifier'
import { seriesDigest } from '@countersign/verifier/authority'
import { deflateSync } from 'node:zlib'
import { ACTION, AUDIENCE, type Edits, ISSUER, type Mint, NOW, publicKey, receipt, sign, type World } from '../verifier/world.ts'
import { authority, authorityEdwards, fixedWorld, holder, people, stranger } from './fixed.ts'

type Reply = { readonly status: number; readonly body: string } | null
type Options = Readonly<Record<string, JsonValue>>

export type TokenCase = {
  readonly name: string
  readonly token: string | null
  readonly call?: JsonValue
  readonly now?: number
  readonly public_url?: string | null
  readonly options?: Options
  readonly dpop?: Readonly<Record<string, string>>
  readonly after?: readonly string[]
  readonly authority?: Readonly<Record<string, Reply>>
  readonly expect: { readonly code: string } | { readonly claims: JsonValue }
}

/** What one case adds to the ordinary. */
type Twist = Mint & {
  readonly call?: unknown
  readonly now?: number
  readonly publicUrl?: string | null
  readonly options?: Options
  readonly authority?: Readonly<Record<string, Reply>>
  readonly text?: (claims: string) => string
  readonly spelled?: (token: string) => string
  readonly dpop?: (token: string) => Promise<Readonly<Record<string, string>>>
}

const STATUS = `GET ${ISSUER}/status/0`
const JWKS = `GET ${ISSUER}/.well-known/jwks.json`
const APPROVERS = `GET ${ISSUER}/.well-known/approvers.json`
const REDEEM = `POST ${ISSUER}/redemptions`

const [ada, ben, cleo] = people
if (!ada || !ben || !cleo) throw new Error('three people are needed')
const adasConsent = { by: [[ada]] } as const
/** A token that is bound to this state, as the executor's challenge asked. */
const STATE = 'W/"7"'
const stateOf = (state: string, resource = ACTION.resource, audience = AUDIENCE) => stateDigest(state, { audience, resource, salt: ACTION.salt })
/** A grant for posts by the holder of a key: what the token of one call says of it. */
const series = { name: ACTION.name, resource: ACTION.resource, salt: 'EBESExQVFhcYGRobHB0eHw' }
const { text: _text, thread: _thread, ...fixed } = ACTION.arguments
const CONSTRAINTS = { text: { oneOf: ['Grüße 👋', 'Hi'] }, thread: { max: 50, sum: 60 } }
const GRANT = 'ICEiIyQlJicoKSorLC0uLw'
const seriesOf = (jkt: string, args: JsonObject = fixed) => seriesDigest({ ...series, arguments: args }, CONSTRAINTS, { audience: AUDIENCE, jkt })
const boundsOf = async (more: object = {}) => ({ grant: GRANT, digest: await seriesOf(holder.kid), salt: series.salt, uses: 2, arguments: CONSTRAINTS, ...more })
/** One call of the grant, with the proof of its agent. */
const granted = async (more: object = {}, edits: Edits = {}): Promise<Twist> => ({
  ...adasConsent,
  edits: { cnf: { jkt: holder.kid }, 'authorization_details.0.bounds': await boundsOf(more), ...edits },
  dpop: (token) => proof(token),
})
/** A token for exactly another call. */
const otherCall = (args: JsonObject) => ({ action: { ...ACTION, arguments: args }, call: { ...ACTION, arguments: args } })
const bound = { 'authorization_details.0.state': await stateOf(STATE) }
const digestA = `sha-256:${'A'.repeat(43)}` as const
const refusal = (status: number, code: string): Reply => ({ status, body: JSON.stringify({ code }) })

const good: [string, Twist][] = [
  ['of origin policy', {}],
  ['with one consent', adasConsent],
  ['with three consents, one of each algorithm', { by: [[ada], [ben], [cleo]] }],
  ['with one consent in a batch', { ...adasConsent, batch: (own) => [digestA, own] }],
  ['with more consents than the quorum asks for', { by: [[ada], [ben]], edits: { 'approval.quorum': 1 } }],
  ['signed with EdDSA', { key: authorityEdwards }],
  ['with self-approval, accepted', { ...adasConsent, edits: { sub: 'person-ada', 'approval.separation': false }, options: { accept_self_approval: true } }],
  ['with a chain of agents', { edits: { act: { sub: 'a', act: { sub: 'b' } }, client_id: 'c' } }],
  ['with pinned approvers', { ...adasConsent, options: { pinned_approvers: true } }],
  ['of origin policy, allowed beside pinned approvers', { options: { pinned_approvers: true, policy_may_allow: true } }],
  ['bound to a key, with a proof', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token) }],
  ['bound to a key, behind a proxy with another address', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, {}, 'http://10.0.0.7:8080/threads/42') }],
  ['bound to a key, behind a proxy that removes a prefix', { edits: { cnf: { jkt: holder.kid } }, publicUrl: 'https://example.com/forum/', dpop: (token) => proof(token, { htu: 'https://example.com/forum/threads/42' }, '/threads/42') }],
  ['bound to a key, with a proof for the same URL spelled otherwise', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htu: 'HTTPS://Forum.Example:443/%74hreads/./4%32' }) }],
  ['bound to a key, with a proof for the bare address', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htu: 'https://forum.example' }, '/') }],
  ['bound to a key, with a proof whose escapes are in lower case', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htu: 'https://forum.example/a%2fb' }, '/a%2Fb') }],
  ['bound to a key, beside another Authorization', { edits: { cnf: { jkt: holder.kid } }, dpop: otherProof }],
  ['bound to a state that is the same', { edits: bound, options: { state: STATE } }],
  ['with a consent to a state that is the same', { ...adasConsent, edits: bound, options: { state: STATE } }],
  ['with a consent in a batch to a state that is the same', { ...adasConsent, edits: bound, batch: (own) => [digestA, own], options: { state: STATE } }],
  ['of a grant', await granted()],
  ['of a grant, bound to a state that is the same', { ...(await granted({}, bound)), options: { state: STATE } }],
  ['at the last moment', { now: NOW + 124 }],
  ['a little early', { edits: { iat: NOW + 5 } }],
]

const bad: [string, string, Twist][] = [
  ['token_malformed', 'four segments', { spelled: (token) => `${token}.` }],
  ['token_malformed', 'padding', { spelled: (token) => `${token}==` }],
  ['token_malformed', 'more than 12 KiB', { spelled: (token) => token + 'A'.repeat(12_288) }],
  ['token_malformed', 'a critical header', { header: { crit: ['exp'] } }],
  ['token_malformed', 'a key in its header', { header: { jwk: publicKey(stranger) } }],
  ['token_malformed', 'no kid', { header: { kid: undefined } }],
  ['token_malformed', 'a claim that stands twice', { text: (claims) => claims.replace('{', `{"aud":"${AUDIENCE}",`) }],
  ['token_malformed', 'a claim that stands twice, once escaped', { text: (claims) => claims.replace('{', `{"\\u0061ud":"${AUDIENCE}",`) }],
  ['token_malformed', 'a claim called __proto__', { text: (claims) => claims.replace('{', '{"__proto__":{},') }],
  ['token_malformed', 'half a surrogate pair', { text: (claims) => claims.replace('person-zoe', '\\ud800') }],
  ['token_malformed', 'a claim too many', { edits: { nbf: NOW } }],
  ['token_malformed', 'two audiences', { edits: { aud: [AUDIENCE] } }],
  ['token_malformed', 'a fraction of a second', { edits: { exp: NOW + 60.5 } }],
  ['token_malformed', 'no status', { edits: { status: undefined } }],
  ['token_malformed', 'a status list elsewhere', { edits: { 'status.status_list.uri': 'https://evil.example/status/0' } }],
  ['token_malformed', 'a jti too short', { edits: { jti: 'AAAA' } }],
  ['token_malformed', 'a jti with unused bits set', { edits: { jti: 'AAAAAAAAAAAAAAAAAAAAAB' } }],
  ['token_malformed', 'a request id that is not base64url', { edits: { 'approval.request': 'not base64url, €' } }],
  ['token_malformed', 'a control character in an id', { edits: { sub: 'person\u0000zoe' } }],
  ['token_malformed', 'a request id of 15 bytes', { edits: { 'approval.request': 'AAAAAAAAAAAAAAAAAAAA' } }],
  ['token_malformed', 'two actions', { edits: { authorization_details: [] } }],
  ['token_malformed', 'a scope for another action', { edits: { scope: 'forum.delete' } }],
  ['token_malformed', 'a policy with a quorum', { edits: { 'approval.quorum': 1 } }],
  ['token_malformed', 'a policy without separation', { edits: { 'approval.separation': false } }],
  ['token_malformed', 'a policy with a consent', { ...adasConsent, edits: { 'approval.origin': 'policy', 'approval.quorum': 0 } }],
  ['token_malformed', 'nine consents', { by: Array(9).fill([ada]) }],
  ['token_malformed', 'consents to different previews', { by: [[ada], [ben]], tampered: { 'approval.consents.1.preview': digestA } }],
  ['token_malformed', 'a batch of one', { ...adasConsent, batch: (own) => [own] }],
  ['token_malformed', 'a consent with a member too many', { ...adasConsent, tampered: { 'approval.consents.0.note': '' } }],
  ['token_malformed', 'a state that is no digest', { edits: { 'authorization_details.0.state': STATE }, options: { state: STATE } }],
  ['token_malformed', 'a state of null', { edits: { 'authorization_details.0.state': null } }],
  ['token_malformed', 'a confirmation by other means', { edits: { cnf: { jwk: {} } } }],
  ['token_malformed', 'a grant of origin policy', { edits: { cnf: { jkt: holder.kid }, 'authorization_details.0.bounds': await boundsOf() }, dpop: (token) => proof(token) }],
  ['token_malformed', 'a grant without uses', await granted({ uses: 0 })],
  ['token_malformed', 'a grant with a member too many', await granted({ until: NOW })],
  ['token_malformed', 'a grant with constraints that nobody knows', await granted({ arguments: { text: { suffix: 'a' } } })],
  ['token_malformed', 'a grant with a constraint called __proto__', { ...(await granted()), text: (claims) => claims.replace('"arguments":{', '"arguments":{"__proto__":1,') }],
  ['action_mismatch', 'a grant with wider bounds than people signed', await granted({ arguments: { ...CONSTRAINTS, thread: { max: 51, sum: 60 } } })],
  ['action_mismatch', 'a grant with one bound less', await granted({ arguments: { text: CONSTRAINTS.text } })],
  ['action_mismatch', 'a grant for other fixed arguments', await granted({ digest: await seriesOf(holder.kid, { ...fixed, draft: true }) })],
  ['action_mismatch', 'a grant for another key', await granted({ digest: await seriesOf(stranger.kid) })],
  ['action_mismatch', 'a call outside the bounds of its grant', { ...(await granted()), ...otherCall({ ...ACTION.arguments, thread: 51 }) }],
  ['action_mismatch', 'a call with an argument more than its grant', { ...(await granted()), ...otherCall({ ...ACTION.arguments, more: 1 }) }],
  ['action_mismatch', 'a call with an argument less than its grant', { ...(await granted()), ...otherCall({ ...fixed, text: 'Hi' }) }],
  ['proof_of_possession', 'a grant without a key', { ...adasConsent, edits: { 'authorization_details.0.bounds': await boundsOf() } }],
  ['consent_invalid', 'a grant for more uses than people signed', { ...(await granted()), tampered: { 'authorization_details.0.bounds.uses': 3 } }],
  ['consent_invalid', 'the consent to another grant', { ...(await granted()), tampered: { 'authorization_details.0.bounds.grant': 'MDEyMzQ1Njc4OTo7PD0-Pw' } }],
  ['token_type', 'the type of an access token', { header: { typ: 'at+jwt' } }],
  ['token_type', 'no type', { header: { typ: undefined } }],
  ['token_algorithm', 'none', { header: { alg: 'none' } }],
  ['token_algorithm', 'an HMAC', { header: { alg: 'HS256' } }],
  ['token_algorithm', 'an algorithm that is not its key’s', { header: { alg: 'EdDSA' } }],
  ['token_signature', 'a stranger', { key: stranger }],
  ['token_signature', 'a stranger under the authority’s kid', { key: { ...stranger, kid: authority.kid } }],
  ['token_signature', 'a claim changed after signing', { spelled: changePayload }],
  ['token_signature', 'a key of the authority that did not sign', { header: { kid: authorityEdwards.kid, alg: 'EdDSA' } }],
  ['token_issuer', 'another issuer', { edits: { iss: 'https://evil.example', 'status.status_list.uri': 'https://evil.example/status/0' } }],
  ['token_audience', 'another executor', { edits: { aud: 'https://other.example' } }],
  ['token_expired', 'its time has passed', { now: NOW + 125 }],
  ['token_expired', 'a life over 600 s', { edits: { exp: NOW + 601 } }],
  ['token_not_yet_valid', 'its time is to come', { edits: { iat: NOW + 6 } }],
  ['action_mismatch', 'another argument', { call: { ...ACTION, arguments: { ...ACTION.arguments, thread: 43 } } }],
  ['action_mismatch', 'an argument more', { call: { ...ACTION, arguments: { ...ACTION.arguments, __proto: 1 } } }],
  ['action_mismatch', 'an argument as text', { call: { ...ACTION, arguments: { ...ACTION.arguments, thread: '42' } } }],
  ['action_mismatch', 'another resource', { call: { ...ACTION, resource: 'forum:eng/threads/43' } }],
  ['action_mismatch', 'another name', { call: { ...ACTION, name: 'forum.delete' } }],
  ['action_mismatch', 'another salt', { call: { ...ACTION, salt: 'AAAAAAAAAAAAAAAAAAAAAA' } }],
  ['action_mismatch', 'a name in its details that is not the one digested', { edits: { 'authorization_details.0.name': 'forum.delete', scope: 'forum.delete' } }],
  ['invalid_request', 'a call that names nothing', { call: { ...ACTION, name: '' } }],
  ['invalid_request', 'a call with an integer beyond 2^53', { call: { ...ACTION, arguments: { n: 1e16 } } }],
  ['action_mismatch', 'another argument, and another state', { edits: bound, call: { ...ACTION, arguments: { ...ACTION.arguments, thread: 43 } }, options: { state: 'W/"8"' } }],
  ['state_changed', 'another state', { ...adasConsent, edits: bound, options: { state: 'W/"8"' } }],
  ['state_changed', 'another state, by a letter', { edits: bound, options: { state: 'w/"7"' } }],
  ['state_changed', 'a state, and an executor that does not look', { ...adasConsent, edits: bound }],
  ['state_changed', 'no state, and an executor that binds approvals to one', { ...adasConsent, options: { state: STATE } }],
  ['state_changed', 'the state of another resource', { edits: { 'authorization_details.0.state': await stateOf(STATE, 'forum:eng/threads/43') }, options: { state: STATE } }],
  ['state_changed', 'the state of another executor', { edits: { 'authorization_details.0.state': await stateOf(STATE, undefined, 'https://other.example') }, options: { state: STATE } }],
  ['state_changed', 'another state, and too few consents', { ...adasConsent, edits: { ...bound, 'approval.quorum': 2 }, options: { state: 'W/"8"' } }],
  ['state_unknown', 'an empty state', { edits: bound, options: { state: '' } }],
  ['state_unknown', 'a state over 1 KiB', { edits: bound, options: { state: 'é'.repeat(513) } }],
  ['consent_missing', 'human origin and no consent', { edits: { 'approval.origin': 'human', 'approval.quorum': 1 } }],
  ['consent_missing', 'a policy’s word beside pinned approvers', { options: { pinned_approvers: true } }],
  ['quorum_unmet', 'one consent where two are needed', { ...adasConsent, edits: { 'approval.quorum': 2 } }],
  ['quorum_unmet', 'one person with two passkeys', { by: ada.passkeys.map((passkey) => [ada, passkey]), edits: { 'approval.quorum': 2 } }],
  ['quorum_unmet', 'self-approval that is not accepted', { ...adasConsent, edits: { sub: 'person-ada', 'approval.separation': false } }],
  ['consent_invalid', 'self-approval that is not said', { ...adasConsent, edits: { sub: 'person-ada' } }],
  ['consent_invalid', 'consent of the one who runs the agent', { by: [[ben]], edits: { act: { sub: 'bens-agent' } } }],
  ['consent_invalid', 'consent of the one who runs an agent behind the agent', { by: [[ben]], edits: { act: { sub: 'a', act: { sub: 'bens-agent' } } } }],
  ['consent_invalid', 'consent of the one who runs the actor', { by: [[ben]], edits: { client_id: 'bens-agent' } }],
  ['consent_invalid', 'self-approval that is none', { ...adasConsent, edits: { 'approval.separation': false }, options: { accept_self_approval: true } }],
  ['consent_invalid', 'another request', { ...adasConsent, tampered: { 'approval.request': 'AAAAAAAAAAAAAAAAAAAAAA' } }],
  ['consent_invalid', 'another policy', { ...adasConsent, tampered: { 'approval.policy': digestA } }],
  ['consent_invalid', 'another preview', { ...adasConsent, tampered: { 'approval.consents.0.preview': digestA } }],
  ['consent_invalid', 'a state that was not consented to', { ...adasConsent, tampered: bound, options: { state: STATE } }],
  ['consent_invalid', 'a state that was taken out', { ...adasConsent, edits: bound, tampered: { 'authorization_details.0.state': undefined } }],
  ['consent_invalid', 'another principal', { ...adasConsent, tampered: { sub: 'person-eve' } }],
  ['consent_invalid', 'another agent', { ...adasConsent, tampered: { act: { sub: 'other-agent' } } }],
  ['consent_invalid', 'another actor', { ...adasConsent, tampered: { client_id: 'other-agent' } }],
  ['consent_invalid', 'a smaller quorum', { ...adasConsent, edits: { 'approval.quorum': 2 }, tampered: { 'approval.quorum': 1 } }],
  ['consent_invalid', 'more uses', { ...adasConsent, tampered: { 'authorization_details.0.uses': 2 } }],
  ['consent_invalid', 'a later end', { ...adasConsent, tampered: { 'approval.consents.0.expires': NOW + 9999 } }],
  ['consent_invalid', 'a token that outlives its consent', { ...adasConsent, consentLife: -1 }],
  ['consent_invalid', 'another nonce', { ...adasConsent, tampered: { 'approval.consents.0.nonce': 'A'.repeat(43) } }],
  ['consent_invalid', 'another person’s name', { ...adasConsent, tampered: { 'approval.consents.0.approver': 'person-ben' } }],
  ['consent_invalid', 'a passkey nobody enrolled', { ...adasConsent, tampered: { 'approval.consents.0.key': 'A'.repeat(43) } }],
  ['consent_invalid', 'a batch that does not list it', { ...adasConsent, batch: () => [digestA, digestA] }],
  ['consent_invalid', 'a batch that lists it twice', { ...adasConsent, batch: (own) => [own, own] }],
  ['consent_invalid', 'a batch that was not signed', { ...adasConsent, tampered: { 'approval.consents.0.batch': [digestA, digestA] } }],
  ['consent_invalid', 'no user verification', { ...adasConsent, assert: { userVerified: false } }],
  ['consent_invalid', 'one of two consents that does not hold', { by: [[ada], [ben]], edits: { 'approval.quorum': 1 }, tampered: { 'approval.consents.1.nonce': 'A'.repeat(43) } }],
  ['proof_of_possession', 'a bound token without a proof', { edits: { cnf: { jkt: holder.kid } } }],
  ['proof_of_possession', 'a bound token as a bearer', { edits: { cnf: { jkt: holder.kid } }, dpop: async (token) => ({ ...(await proof(token)), scheme: 'Bearer' }) }],
  ['proof_of_possession', 'a proof for another token', { edits: { cnf: { jkt: holder.kid } }, dpop: () => proof('another') }],
  ['proof_of_possession', 'a proof for another method', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htm: 'GET' }) }],
  ['proof_of_possession', 'a proof for another URL', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htu: 'https://forum.example/' }) }],
  ['proof_of_possession', 'a proof for the host that the request names', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htu: 'https://evil.example/threads/42' }, 'https://evil.example/threads/42') }],
  ['proof_of_possession', 'a proof for an escaped slash', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htu: 'https://forum.example/threads%2F42' }) }],
  ['proof_of_possession', 'a proof for another scheme', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { htu: 'http://forum.example/threads/42' }) }],
  ['proof_of_possession', 'a bound token where the executor does not know its address', { edits: { cnf: { jkt: holder.kid } }, publicUrl: null, dpop: (token) => proof(token) }],
  ['proof_of_possession', 'an old proof', { edits: { cnf: { jkt: holder.kid } }, dpop: (token) => proof(token, { iat: NOW - 61 }) }],
  ['proof_of_possession', 'a proof by another key', { edits: { cnf: { jkt: stranger.kid } }, dpop: (token) => proof(token) }],
  ['proof_of_possession', 'Approval-Token without oth', { edits: { cnf: { jkt: holder.kid } }, dpop: async (token) => ({ ...(await proof(token)), carried_in: 'approval-token' }) }],
  ['proof_of_possession', 'a token that is not bound where that is required', { options: { require_proof_of_possession: true } }],
  ['token_revoked', 'status 1', { edits: { 'status.status_list.idx': 8 } }],
  ['token_revoked', 'status 2', { edits: { 'status.status_list.idx': 9 } }],
  ['status_stale', 'no status list', { authority: { [STATUS]: null } }],
  ['status_stale', 'an index beyond the list', { edits: { 'status.status_list.idx': 64 } }],
  ['token_redeemed', 'spent at the authority', { authority: { [REDEEM]: refusal(409, 'token_redeemed') } }],
  ['token_revoked', 'revoked at the authority', { authority: { [REDEEM]: refusal(409, 'token_revoked') } }],
  ['killed', 'a kill switch', { authority: { [REDEEM]: refusal(403, 'killed') } }],
  ['policy_denied', 'a policy that changed', { authority: { [REDEEM]: refusal(403, 'policy_denied') } }],
  ['rate_limited', 'too many redemptions', { authority: { [REDEEM]: refusal(429, 'rate_limited') } }],
  ['authority_unreachable', 'no answer to the redemption', { authority: { [REDEEM]: null } }],
  ['authority_unreachable', 'a code nobody knows', { authority: { [REDEEM]: refusal(409, 'teapot') } }],
  ['authority_unreachable', 'a receipt for another token', { authority: { [REDEEM]: { status: 201, body: JSON.stringify(receipt({ jti: 'AAAAAAAAAAAAAAAAAAAAAA', approval: { request: 'AAAAAAAAAAAAAAAAAAAAAA' } }, NOW)) } } }],
  ['authority_unreachable', 'no key set', { authority: { [JWKS]: null } }],
  ['authority_unreachable', 'no list of approvers', { ...adasConsent, authority: { [APPROVERS]: null } }],
]

export async function makeTokens() {
  const world = await fixedWorld('token')
  world.jwks = [publicKey(world.key), publicKey(authorityEdwards)]
  world.statuses.set([1, 2], 8)
  const cases: TokenCase[] = [{ name: 'no token', token: null, expect: { code: 'token_missing' } }]
  for (const [name, twist] of good) cases.push(await makeGood(world, name, twist))
  for (const [code, name, twist] of bad) cases.push({ ...(await makeCase(world, name, twist)), expect: { code } })
  cases.push(...(await makeLists(world)), ...(await makeReplays(world)))
  const reply = (body: unknown) => ({ status: 200, body: JSON.stringify(body) })
  return {
    issuer: ISSUER,
    audience: AUDIENCE,
    public_url: 'https://forum.example',
    now: NOW,
    call: ACTION,
    authority: {
      [JWKS]: reply({ keys: world.jwks }),
      [APPROVERS]: reply(world.approvers),
      [STATUS]: { status: 200, body: await world.statusList() },
    },
    cases,
  }
}

async function makeGood(world: World, name: string, twist: Twist): Promise<TokenCase> {
  const made = await makeCase(world, name, twist)
  const claims = payloadOf(made.token)
  const late = twist.now === undefined ? {} : { [STATUS]: { status: 200, body: await listAt(world, twist.now) } }
  const redeemed = { status: 201, body: JSON.stringify(receipt(claims, NOW)) }
  return { ...made, authority: { ...late, [REDEEM]: redeemed, ...made.authority }, expect: { claims } }
}

async function makeCase(world: World, name: string, twist: Twist) {
  const { call, now, publicUrl, options, authority, dpop, spelled = (token) => token } = twist
  const minted = twist.text ? await world.sign(twist.text(JSON.stringify(await world.claims(twist)))) : await world.mint(twist)
  const token = spelled(minted)
  return {
    name,
    token,
    ...(call !== undefined && { call: call as JsonValue }),
    ...(now !== undefined && { now }),
    ...(publicUrl !== undefined && { public_url: publicUrl }),
    ...(options && { options }),
    ...(dpop && { dpop: await dpop(token) }),
    ...(authority && { authority }),
  }
}

/** Status lists with one fault each. */
async function makeLists(world: World): Promise<TokenCase[]> {
  const faults: [string, Edits, Edits?][] = [
    ['a list for another uri', { sub: `${ISSUER}/status/1` }],
    ['a list of long ago', { iat: NOW - 6, exp: NOW + 54 }],
    ['a list from the future', { iat: NOW + 6, exp: NOW + 60 }],
    ['a list that lives too long', { exp: NOW + 61 }],
    ['a list of three bits', { 'status_list.bits': 3 }],
    ['a list that is not compressed', { 'status_list.lst': 'AAAA' }],
    ['a list that inflates to 5 MB', { 'status_list.lst': deflateSync(new Uint8Array(5_000_000)).toString('base64url') }],
  ]
  const cases: TokenCase[] = []
  for (const [name, edits] of faults) {
    world.statusEdits = edits
    const authority = { [STATUS]: { status: 200, body: await world.statusList() } }
    cases.push({ ...(await makeCase(world, name, { authority })), expect: { code: 'status_stale' } })
  }
  world.statusEdits = {}
  const [, body = ''] = (await world.statusList()).split('.')
  const unsigned = await sign(Buffer.from(body, 'base64url').toString(), { typ: 'statuslist+jwt', kid: world.key.kid }, stranger)
  const authority = { [STATUS]: { status: 200, body: unsigned } }
  cases.push({ ...(await makeCase(world, 'a list signed by a stranger', { authority })), expect: { code: 'status_stale' } })
  return cases
}

/** Tokens that come after another one, at an authority that redeems everything. */
async function makeReplays(world: World): Promise<TokenCase[]> {
  const first = await world.mint(adasConsent)
  const claims = payloadOf(first)
  const twin = { ...claims, jti: world.random(16) }
  const authority = { [REDEEM]: { status: 201, body: JSON.stringify(receipt(claims, NOW)) } }
  const twinAuthority = { [REDEEM]: { status: 201, body: JSON.stringify(receipt(twin, NOW)) } }
  const options = { pinned_approvers: true, without_redemption: true }
  const expect = { code: 'token_redeemed' }
  const malleated = malleate(first)
  return [
    { name: 'the same token again', token: first, after: [first], authority, options, expect },
    { name: 'the same token with another signature of the same key', token: malleated, after: [first], authority, options, expect },
    { name: 'the same consent in another token', token: await world.sign(JSON.stringify(twin)), after: [first], authority: twinAuthority, options, expect },
  ]
}

async function listAt(world: World, now: number): Promise<string> {
  const { now: before } = world
  world.now = now
  const list = await world.statusList()
  world.now = before
  return list
}

function payloadOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function changePayload(token: string): string {
  const [head, , tail] = token.split('.')
  const claims = JSON.stringify({ ...payloadOf(token), sub: 'person-eve' })
  return `${head}.${Buffer.from(claims).toString('base64url')}.${tail}`
}

/** (r, s) and (r, n − s) are both valid ECDSA signatures. */
function malleate(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const dot = token.lastIndexOf('.')
  const bytes = Buffer.from(token.slice(dot + 1), 'base64url')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${token.slice(0, dot)}.${twin.toString('base64url')}`
}

async function proof(token: string, edits: Edits = {}, url = 'https://forum.example/threads/42?page=2') {
  const { kty, crv, x, y } = holder.publicJwk
  const claims = {
    jti: 'proof-1',
    htm: 'POST',
    htu: 'https://forum.example/threads/42',
    iat: NOW,
    ath: base64urlEncode(await sha256(token)),
    ...edits,
  }
  const header = { typ: 'dpop+jwt', jwk: { kty, crv, x, y }, kid: undefined }
  return { proof: await sign(JSON.stringify(claims), header, holder), method: 'POST', url }
}

async function otherProof(token: string) {
  const oth = { 'approval-token': base64urlEncode(await sha256(token)) }
  const made = await proof(token, { ath: base64urlEncode(await sha256('the other token')), oth })
  return { ...made, carried_in: 'approval-token' }
}

