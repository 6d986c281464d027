/**
 * For nginx with njs: lets a call through when the authority has spent a token for exactly this one.
 *
 * Binds what `countersign proxy` binds, but takes JSON in its canonical form only, bodies in UTF-8 only, and no escapes in
 * paths. The authority checks the token; what it alone cannot know is checked here: that this is the approved call. Refuses
 * tokens that are bound to a key, a state or a grant. The locations that it calls stand in nginx.conf beside it.
 */
// biome-ignore lint/style/useNodejsImportProtocol: njs has its own
import crypto from 'crypto'

const PATH = /^\/(?:(?:[A-Za-z0-9_.~!$&'()*+,=:@-]*[A-Za-z0-9_~!$&'()*+,=:@-])(?:\/|$))*$/
const QUERY = /^(?:[A-Za-z0-9_.~!$&'()*+,;=:@/?[\]-]|%[0-9A-Fa-f]{2})+$/
const TYPE = /^[ -~]{1,1024}$/
const JSON_TYPE = /^application\/(?:[A-Za-z0-9_.-]+\+)?json(?: *; *charset="?utf-8"?)?$/i
const ANOTHER_CALL =
  /^(?:upgrade|trailer|content-encoding|x-(?:http-)?method(?:-override)?|x-http-method-override|x-rewrite-url|x-original-(?:uri|url|method)|x-forwarded-(?:uri|method))$/

async function guard(r) {
  try {
    await pass(r)
  } catch (error) {
    if (!error.code) r.error(`countersign: ${error}`)
    refuse(r, error.status || 400, error.code || 'invalid_request')
  }
}

async function pass(r) {
  const args = readCall(r)
  const token = readToken(r)
  const claims = readClaims(token)
  checkAction(r, claims, args)
  const receipt = await redeem(r, token, claims)
  const answer = await r.subrequest('/_countersign/upstream', { method: r.method })
  passOn(r, answer)
  const body = JSON.stringify(Object.assign({ use: receipt.use }, reportOf(answer.status)))
  await r.subrequest(`/_countersign/redemptions/${claims.jti}/outcome`, { method: 'POST', body })
}

/** 502 and 504 are nginx's own where the upstream gave no whole answer: whether the call ran there is unknown. */
function reportOf(status) {
  if (status === 502 || status === 504) return { outcome: 'indeterminate', detail: 'UpstreamLost' }
  return status < 400 ? { outcome: 'succeeded' } : { outcome: 'failed', detail: `Http${status}` }
}

/** The members of the arguments in canonical form, in their order. */
function readCall(r) {
  const names = r.rawHeadersIn.map((header) => header[0].toLowerCase())
  demand(r.httpVersion === '1.1' && names.every((name, at) => names.indexOf(name) === at), 400, 'invalid_request')
  demand(!names.some((name) => ANOTHER_CALL.test(name)), 400, 'invalid_request')
  const target = r.variables.request_uri
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? undefined : target.slice(mark + 1)
  demand(PATH.test(path) && path.length <= 1024, 400, 'invalid_request')
  demand(query === undefined || (QUERY.test(query) && query.length <= 8192), 400, 'invalid_request')
  const type = r.headersIn['Content-Type']
  demand(type === undefined || TYPE.test(type), 400, 'invalid_request')
  const members = [
    ['body', readBody(r, type)],
    ['content_type', text(type)],
    ['method', text(r.method)],
    ['path', text(path)],
    ['query', text(query)],
  ]
  const written = members.filter((member) => member[1] !== undefined).map((member) => `"${member[0]}":${member[1]}`)
  return { path: path, canonical: `{${written.join(',')}}` }
}

const text = (value) => (value === undefined ? undefined : JSON.stringify(value))

function readBody(r, type) {
  const bytes = r.requestBuffer
  if (bytes === undefined || bytes.length === 0) return undefined
  const body = bytes.toString('utf8')
  demand(Buffer.from(body, 'utf8').equals(bytes), 400, 'invalid_request')
  if (!JSON_TYPE.test(type || '')) return JSON.stringify(body)
  // Doubled members, rounded numbers and every other spelling come out as another text.
  demand(canonical(JSON.parse(body)) === body, 400, 'invalid_request')
  return body
}

function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

function readToken(r) {
  const token = r.headersIn['Approval-Token']
  demand(token !== undefined, 401, 'token_missing')
  demand(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token), 401, 'token_malformed')
  return token
}

/** Nothing in them is proven before the authority has spent the token. */
function readClaims(token) {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8'))
  } catch (_) {
    throw refusal(401, 'token_malformed')
  }
}

function checkAction(r, claims, args) {
  const details = Array.isArray(claims.authorization_details) ? claims.authorization_details[0] : undefined
  demand(details && /^[A-Za-z0-9_-]{22}$/.test(claims.jti), 401, 'token_malformed')
  demand(claims.aud === r.variables.countersign_audience, 401, 'token_audience')
  demand(claims.cnf === undefined, 401, 'proof_of_possession')
  demand(details.bounds === undefined, 403, 'action_mismatch')
  demand(details.state === undefined, 409, 'state_changed')
  const named = [claims.aud, r.variables.countersign_action, args.path, details.salt].map(JSON.stringify)
  const action = `{"arguments":${args.canonical},"aud":${named[0]},"name":${named[1]},"resource":${named[2]},"salt":${named[3]},"typ":"countersign/action/v1"}`
  const digest = `sha-256:${crypto.createHash('sha256').update(action).digest('base64url')}`
  demand(details.digest === digest, 403, 'action_mismatch')
}

async function redeem(r, token, claims) {
  const body = JSON.stringify({ token: token })
  const answer = await r.subrequest('/_countersign/redemptions', { method: 'POST', body: body })
  let said = {}
  try {
    said = JSON.parse(answer.responseText)
  } catch (_) {
    throw refusal(503, 'authority_unreachable')
  }
  if (answer.status !== 201 || said.jti !== claims.jti)
    throw refusal(said.code ? answer.status : 503, said.code || 'authority_unreachable')
  return said
}

function passOn(r, answer) {
  const type = answer.headersOut['Content-Type']
  if (type) r.headersOut['Content-Type'] = type
  if (answer.headersOut.Location) r.headersOut.Location = answer.headersOut.Location
  r.return(answer.status, answer.responseBuffer)
}

function refuse(r, status, code) {
  r.headersOut['Content-Type'] = 'application/problem+json'
  r.headersOut['Cache-Control'] = 'no-store'
  if (status === 401) r.headersOut['WWW-Authenticate'] = 'Bearer'
  r.return(status, JSON.stringify({ type: 'about:blank', title: code.replace(/_/g, ' '), status: status, code: code }))
}

function demand(holds, status, code) {
  if (!holds) throw refusal(status, code)
}

function refusal(status, code) {
  const error = new Error(code)
  error.status = status
  error.code = code
  return error
}

export default { guard }
