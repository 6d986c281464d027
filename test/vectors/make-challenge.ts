/** Transaction challenges, good or with one fault. */
import { ACTION, AUDIENCE, type Edits, edit, ISSUER, NOW, publicKey, sign } from '../verifier/world.ts'
import { executor, stranger } from './fixed.ts'

const TYPE = { typ: 'txn-authz-challenge+jwt' }

export async function makeChallenges() {
  const preview = { changes: [{ label: 'text', before: null, after: 'hello' }] }
  const accept: [string, Edits, Edits?][] = [
    ['all that is required', {}],
    ['a preview', { 'authorization_details.0.preview': preview }],
    ['a state', { 'authorization_details.0.state': `sha-256:${'A'.repeat(43)}` }],
    ['an actor and a page', { act: { sub: 'a', act: { sub: 'b' } }, reason_uri: 'https://forum.example/why' }],
    ['a claim nobody knows', { hint: 1 }],
  ]
  const reject: [string, Edits, Edits?][] = [
    ['another type', {}, { typ: 'JWT' }],
    ['an unknown key', {}, { kid: stranger.kid }],
    ['none', {}, { alg: 'none' }],
    ['a critical header', {}, { crit: ['exp'] }],
    ['another authority', { aud: 'https://evil.example' }],
    ['two authorities', { aud: [ISSUER] }],
    ['another executor', { iss: 'https://evil.example' }],
    ['a time that has passed', { iat: NOW - 400, exp: NOW - 100 }],
    ['a time to come', { iat: NOW + 6 }],
    ['too long a life', { exp: NOW + 301 }],
    ['no reason', { reason: undefined }],
    ['no txn', { txn: undefined }],
    ['no jti', { jti: undefined }],
    ['no action', { authorization_details: [] }],
    ['another type of details', { 'authorization_details.0.type': 'payment' }],
    ['an unknown member of the action', { 'authorization_details.0.note': 'x' }],
    ['an action without salt', { 'authorization_details.0.salt': undefined }],
    ['a state that is no digest', { 'authorization_details.0.state': 'W/"7"' }],
    ['a state of null', { 'authorization_details.0.state': null }],
    ['a preview of another shape', { 'authorization_details.0.preview': [] }],
  ]
  return {
    now: NOW,
    issuer: AUDIENCE,
    audience: ISSUER,
    jwks: { keys: [publicKey(executor)] },
    accept: await Promise.all(accept.map(makeCase)),
    reject: await Promise.all(reject.map(makeCase)),
  }
}

async function makeCase([name, edits, header = {}]: [string, Edits, Edits?]) {
  const claims = {
    iss: AUDIENCE,
    aud: ISSUER,
    iat: NOW,
    exp: NOW + 300,
    jti: 'BAMCAQAAAAAAAAAAAAAAAA',
    txn: 'txn-1',
    reason: 'Posting needs approval',
    authorization_details: [{ type: 'countersign_action', ...ACTION }],
  }
  edit(claims, edits)
  return { name, challenge: await sign(JSON.stringify(claims), { ...TYPE, ...header }, executor) }
}
