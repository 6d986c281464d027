/**
 * Runs every vector against an implementation, and lists what it got wrong.
 *
 * In: the exports of `@countersign/verifier`, from source or as installed.
 * Out: one line for each vector that came out otherwise; an empty list is a pass.
 *
 * Plain JavaScript, so that it runs where the package is installed and nothing else is.
 */
import { readFileSync } from 'node:fs'

const load = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))

/** Runs all files. Returns how many vectors there were, and the failures. */
export async function runVectors(api) {
  const failures = []
  let count = 0
  const expect = async (name, wanted, run) => {
    count++
    const got = await outcome(run)
    if (!same(api, got, wanted)) failures.push(`${name}: expected ${show(wanted)}, got ${show(got)}`)
  }
  for (const run of [runJson, runCanonical, runActions, runPreviews, runStates, runBounds, runConsents, runEnrolments, runAssertions, runChallenges, runTokens]) {
    await run(api, expect)
  }
  return { count, failures }
}

async function runJson(api, expect) {
  const { accept, reject } = load('json.json')
  for (const { name, text } of accept) await expect(`json: ${name}`, { value: JSON.parse(text) }, () => api.parseJson(text))
  for (const { name, text } of reject) await expect(`json: ${name}`, INVALID, () => api.parseJson(text))
}

async function runCanonical(api, expect) {
  const { cases, reject, doubles } = load('canonical.json')
  for (const { name, input, output } of cases) {
    await expect(`canonical: ${name}`, { value: output }, () => api.canonicalize(api.parseJson(input)))
  }
  for (const { name, input } of reject) {
    await expect(`canonical: ${name}`, INVALID, () => api.canonicalize(JSON.parse(input)))
  }
  for (const { ieee754, text } of doubles) {
    const number = new DataView(new BigUint64Array([BigInt(`0x${ieee754}`)]).buffer).getFloat64(0, true)
    await expect(`double ${ieee754}`, text === null ? INVALID : { value: text }, () => api.canonicalize(number))
  }
}

async function runActions(api, expect) {
  const { accept, reject } = load('action.json')
  for (const { name, action, audience, digest } of accept) {
    await expect(`action: ${name}`, { value: digest }, () => api.actionDigest(api.parseAction(action), audience))
  }
  for (const { name, action } of reject) await expect(`action: ${name}`, INVALID, () => api.parseAction(action))
}

async function runPreviews(api, expect) {
  const { accept, reject } = load('preview.json')
  for (const { preview, digest, ...context } of accept) {
    await expect('preview', { value: digest }, () => api.previewDigest(api.parsePreview(preview), context))
  }
  for (const { name, preview } of reject) await expect(`preview: ${name}`, INVALID, () => api.parsePreview(preview))
}

async function runStates(api, expect) {
  const { accept, reject } = load('state.json')
  for (const { name, state, digest, ...context } of accept) {
    await expect(`state: ${name}`, { value: digest }, () => api.stateDigest(state, context))
  }
  for (const { name, state, ...context } of reject) {
    await expect(`state: ${name}`, INVALID, () => api.stateDigest(state, context))
  }
}

async function runBounds(api, expect) {
  const { audience, jkt, series, accept, reject } = load('bounds.json')
  for (const { name, bounds, digest, inside, outside } of accept) {
    const { arguments: constraints } = api.parseBounds(bounds)
    await expect(`series: ${name}`, { value: digest }, () => api.seriesDigest(series, constraints, { audience, jkt }))
    const fixedOf = async (path) => api.shareOf({ ...series.arguments, path }, constraints).fixed
    for (const path of inside) await expect(`${name}: ${show({ value: path })}`, { value: series.arguments }, () => fixedOf(path))
    for (const path of outside) await expect(`${name}: not ${show({ value: path })}`, MISMATCH, () => fixedOf(path))
    await expect(`${name}: absent`, MISMATCH, async () => api.shareOf(series.arguments, constraints).fixed)
  }
  for (const { name, bounds } of reject) await expect(`bounds: ${name}`, INVALID, () => api.parseBounds(bounds))
}

async function runConsents(api, expect) {
  const { statements, batches } = load('consent.json')
  const text = async (bytes) => api.base64urlEncode(await bytes)
  for (const { statement, canonical, digest, challenge } of statements) {
    await expect('statement', { value: canonical }, () => api.canonicalize(statement))
    await expect('statement digest', { value: digest }, () => api.statementDigest(statement))
    await expect('statement challenge', { value: challenge }, () => text(api.consentChallenge(statement)))
  }
  for (const { statements: digests, challenge } of batches) {
    await expect('batch challenge', { value: challenge }, () => text(api.batchChallenge(digests)))
  }
}

async function runEnrolments(api, expect) {
  const { registered, statements, authorisation } = load('enrolment.json')
  for (const { document, rows, canonical, digest } of registered) {
    for (const [at, row] of document.executors.entries()) {
      await expect('executor digest', { value: rows[at].row }, () => api.executorDigest(row))
    }
    const known = { ...document, executors: rows }
    await expect('registered', { value: canonical }, () => api.canonicalRegistered(known))
    await expect('registered digest', { value: digest }, () => api.registeredDigest(document))
  }
  for (const { statement, canonical, challenge } of statements) {
    const signed = async () => api.base64urlEncode(await api.enrolmentChallenge(statement))
    await expect('enrolment statement', { value: canonical }, () => api.canonicalize(statement))
    await expect('enrolment challenge', { value: challenge }, signed)
  }
  const { statement, canonical, challenge } = authorisation
  const signed = async () => api.base64urlEncode(await api.authorisationChallenge(statement))
  await expect('authorisation statement', { value: canonical }, () => api.canonicalize(statement))
  await expect('authorisation challenge', { value: challenge }, signed)
}

async function runAssertions(api, expect) {
  const { rp_id: rpId, origins, challenge, accept, reject } = load('assertion.json')
  const verify = async (given) =>
    await api.verifyAssertion({
      challenge: api.base64urlDecode(challenge),
      authenticatorData: api.base64urlDecode(given.authenticator_data),
      clientDataJson: api.base64urlDecode(given.client_data_json),
      signature: api.base64urlDecode(given.signature),
      key: given.key,
      rpId,
      origins,
    })
  for (const given of accept) await expect(`assertion: ${given.name}`, { value: undefined }, () => verify(given))
  for (const given of reject) await expect(`assertion: ${given.name}`, { code: 'consent_invalid' }, () => verify(given))
}

async function runChallenges(api, expect) {
  const { now, issuer, audience, jwks, accept, reject } = load('challenge.json')
  const keys = await api.parseKeySet(jwks)
  const resolveKey = async (kid) => keys.get(kid)
  const parse = async ({ challenge }) =>
    (await api.parseChallenge(challenge, { resolveKey, issuer, audience, now })).action.name
  for (const given of accept) await expect(`challenge: ${given.name}`, { value: 'forum.post' }, () => parse(given))
  for (const given of reject) await expect(`challenge: ${given.name}`, INVALID, () => parse(given))
}

async function runTokens(api, expect) {
  const { cases, ...common } = load('token.json')
  for (const given of cases) {
    const all = { ...common, ...given, authority: { ...common.authority, ...given.authority } }
    const wanted = 'claims' in given.expect ? { value: given.expect.claims } : given.expect
    await expect(`token: ${given.name}`, wanted, () => verifyCase(api, all))
  }
}

async function verifyCase(api, given) {
  const { issuer, audience, public_url, authority, now, call, token, dpop, after = [], options = {} } = given
  const verifier = api.createVerifier({
    issuer,
    audience,
    credential: 'executor-credential',
    publicUrl: public_url ?? undefined,
    now: () => now,
    fetch: async (url, init) => answer(authority[`${init?.method ?? 'GET'} ${url}`]),
    acceptSelfApproval: options.accept_self_approval ?? false,
    requireProofOfPossession: options.require_proof_of_possession ?? false,
    ...(options.without_redemption && { redemption: api.withoutRedemption }),
    ...(options.pinned_approvers && { approvers: JSON.parse(pinned(authority, issuer)) }),
  })
  for (const earlier of after) await verifier.verify(earlier, call)
  const presented = dpop && { dpop: { ...dpop, carriedIn: dpop.carried_in ?? 'authorization', scheme: dpop.scheme ?? 'DPoP' } }
  const more = { ...presented, ...(options.policy_may_allow && { policyMayAllow: true }), state: options.state }
  if (token === null) return await verifier.guard(call.name, { resource: () => call.resource, run: () => {} })(call.arguments)
  return (await verifier.verify(token, call, more)).claims
}

const pinned = (authority, issuer) => authority[`GET ${issuer}/.well-known/approvers.json`].body

function answer(reply) {
  if (!reply) throw new TypeError('network failure')
  return new Response(reply.body, { status: reply.status })
}

const INVALID = { code: 'invalid_request' }
const MISMATCH = { code: 'action_mismatch' }

async function outcome(run) {
  try {
    return { value: await run() }
  } catch (error) {
    return { code: error?.code ?? String(error) }
  }
}

/** Compares by canonical text, so that `__proto__` and the order of members are seen for what they are. */
function same(api, got, wanted) {
  if (got.code !== wanted.code) return false
  if (got.value === undefined || wanted.value === undefined) return got.value === wanted.value
  return api.canonicalize(got.value) === api.canonicalize(wanted.value)
}

const show = ({ code, value }) => code ?? JSON.stringify(value)?.slice(0, 80) ?? 'accepted'
