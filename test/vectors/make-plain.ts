/** Vectors that need no signature: JSON, canonical form, digests of actions, previews and statements. */
import {
  actionDigest,
  batchChallenge,
  base64urlEncode,
  canonicalize,
  type ConsentStatement,
  consentChallenge,
  type JsonValue,
  previewDigest,
  stateDigest,
  statementDigest,
} from '@countersign/verifier'
import { ACTION, AUDIENCE, ISSUER } from '../verifier/world.ts'
import { seeded } from './fixed.ts'
import rfc8785 from './rfc8785.json' with { type: 'json' }

const random = seeded('plain')

export function makeJson() {
  const accept: [string, string][] = [
    ['every kind of value', '{"a":[null,true,false,0,-1,1.5,1e3,"x",{}]}'],
    ['white space', ' \t\r\n{ "a" : 1 }\n'],
    ['the largest integer', '9007199254740991'],
    ['the smallest integer', '-9007199254740991'],
    ['a fraction with an exponent', '0.1e-7'],
    ['a surrogate pair', '"\\ud83d\\udc4b"'],
    ['equal names in different objects', '{"a":{"a":1},"b":{"a":1}}'],
    ['names that look alike', '{"a":1,"A":2," a":3}'],
    ['quotes and colons in strings', '{"a\\":":"\\\\\\":{\\"a\\":1}","b":":"}'],
    ['__proto__ as data', '{"__proto__":{"x":1},"constructor":2,"toString":3}'],
    ['32 levels', `${'['.repeat(32)}${']'.repeat(32)}`],
    ['an empty name', '{"":1}'],
  ]
  const reject: [string, string][] = [
    ['nothing', ''],
    ['a name that stands twice', '{"a":1,"a":1}'],
    ['a name that stands twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name that stands twice, deep inside', '[{"x":{"b":1,"c":2,"b":3}}]'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['half a surrogate pair', '"\\ud83d"'],
    ['the other half', '"\\udc4b"'],
    ['half a surrogate pair in a name', '{"\\ud83d":1}'],
    ['halves in the wrong order', '"\\udc4b\\ud83d"'],
    ['2^53', '9007199254740992'],
    ['2^53 as a float', '9007199254740992.0'],
    ['2^53 + 1', '9007199254740993'],
    ['an integer of 400 digits', '1'.repeat(400)],
    ['-2^53', '-9007199254740992'],
    ['1e16', '1e16'],
    ['a number beyond every double', '1e400'],
    ['NaN', 'NaN'],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['a trailing comma', '[1,]'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{}//'],
    ['a leading zero', '01'],
    ['two values', '{} {}'],
    ['a byte order mark', '\ufeff{}'],
    ['a raw control character', '"\u0001"'],
  ]
  const toCase = ([name, text]: [string, string]) => ({ name, text })
  return { accept: accept.map(toCase), reject: reject.map(toCase) }
}

export function makeCanonical() {
  const { source, cases } = rfc8785
  const values = cases.find(({ name }) => name === 'values')
  if (values === undefined) throw new Error('no values')
  // Its 1E30 is an integer that not every parser holds: the stricter profile refuses the file, and takes it without.
  const within = { name: 'values without 1E30', input: values.input.replace(' 1E30,', ''), output: values.output.replace('1e+30,', '') }
  const doubles: [string, string | null][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
    ['433fffffffffffff', '9007199254740991'],
    ['4340000000000000', null],
    ['44b52d02c7e14af6', null],
    ['7fefffffffffffff', null],
    ['7ff0000000000000', null],
    ['7ff8000000000000', null],
  ]
  return {
    source,
    cases: [...cases.filter(({ name }) => name !== 'values'), within],
    reject: [{ name: values.name, input: values.input }],
    doubles: doubles.map(([ieee754, text]) => ({ ieee754, text })),
  }
}

export async function makeActions() {
  const odd: JsonValue = JSON.parse('{"__proto__":{"a":1},"\\u20ac":1,"\\r":2,"1":3,"é":"e\\u0301","":[0.1,-0,1e-7]}')
  const actions = [
    ['an everyday action', ACTION],
    ['no arguments', { ...ACTION, name: 'a', resource: 'r', arguments: {} }],
    ['odd members', { ...ACTION, arguments: odd }],
    ['the longest resource, in code points', { ...ACTION, resource: '👋'.repeat(1024) }],
    ['the longest name', { ...ACTION, name: 'Az09._:/-'.padEnd(128, 'x') }],
  ] as const
  const accept = []
  for (const [name, action] of actions) {
    const bytes = canonicalize({ typ: 'countersign/action/v1', aud: AUDIENCE, ...action } as JsonValue)
    accept.push({ name, audience: AUDIENCE, action, canonical: bytes, digest: await actionDigest(action as typeof ACTION, AUDIENCE) })
  }
  const reject: [string, unknown][] = [
    ['a member too many', { ...ACTION, note: 1 }],
    ['no salt', { ...ACTION, salt: undefined }],
    ['a salt with unused bits set', { ...ACTION, salt: 'AAAAAAAAAAAAAAAAAAAAAB' }],
    ['a salt too short', { ...ACTION, salt: 'AAAA' }],
    ['an empty name', { ...ACTION, name: '' }],
    ['a name too long', { ...ACTION, name: 'x'.repeat(129) }],
    ['a name with a space', { ...ACTION, name: 'forum post' }],
    ['a name with a line end', { ...ACTION, name: 'forum.post\n' }],
    ['an empty resource', { ...ACTION, resource: '' }],
    ['a resource too long', { ...ACTION, resource: 'x'.repeat(1025) }],
    ['a resource too long, in code points', { ...ACTION, resource: '👋'.repeat(1025) }],
    ['arguments in a list', { ...ACTION, arguments: [] }],
    ['no arguments', { ...ACTION, arguments: null }],
    ['arguments over 64 KiB', { ...ACTION, arguments: { text: 'x'.repeat(65_536) } }],
    ['arguments over 64 KiB in UTF-8', { ...ACTION, arguments: { text: 'é'.repeat(32_768) } }],
    ['a list', [ACTION]],
  ]
  return { accept, reject: reject.map(([name, action]) => ({ name, action })) }
}

export async function makePreviews() {
  const salt = ACTION.salt
  const previews = [
    { changes: [] },
    { summary: 'A reply', changes: [{ label: 'text', before: null, after: 'Grüße 👋' }] },
    { changes: [{ label: 'title', before: 'old', after: null }] },
  ]
  const accept = []
  for (const preview of previews) {
    for (const by of ['executor', 'agent'] as const) {
      const digest = await previewDigest(preview, { by, audience: AUDIENCE, salt })
      accept.push({ preview, by, audience: AUDIENCE, salt, digest })
    }
  }
  const change = { label: 'x', before: null, after: null }
  const reject: [string, unknown][] = [
    ['no changes', {}],
    ['a member too many', { changes: [], html: '<b>' }],
    ['a change without before', { changes: [{ label: 'x', after: '' }] }],
    ['a change that is not text', { changes: [{ ...change, after: 1 }] }],
    ['a label too long', { changes: [{ ...change, label: 'x'.repeat(201) }] }],
    ['201 changes', { changes: Array(201).fill(change) }],
    ['more than 64 KiB', { changes: [{ ...change, after: 'x'.repeat(65_536) }] }],
    ['a list', []],
  ]
  return { accept, reject: reject.map(([name, preview]) => ({ name, preview })) }
}

export async function makeStates() {
  const { resource, salt } = ACTION
  const states: [string, string, typeof resource?][] = [
    ['an ETag', 'W/"7"'],
    ['a commit', '5e1c309dae7f45e0f39b1bf3ac3cd9db12e7d689'],
    ['the longest, in bytes', 'é'.repeat(512)],
    ['one byte', '0'],
    ['escapes and a line end', '"\\\n\u2028'],
    ['another resource', 'W/"7"', 'forum:eng/threads/43'],
  ]
  const accept = []
  for (const [name, state, about = resource] of states) {
    const context = { audience: AUDIENCE, resource: about, salt }
    const canonical = canonicalize({ typ: 'countersign/state/v1', aud: AUDIENCE, resource: about, state, salt })
    accept.push({ name, state, ...context, canonical, digest: await stateDigest(state, context) })
  }
  const reject: [string, unknown][] = [
    ['nothing', ''],
    ['a byte too many', 'x'.repeat(1025)],
    ['a byte too many, in UTF-8', 'é'.repeat(513)],
    ['half a surrogate pair', '\ud83d'],
    ['a number', 7],
    ['null', null],
  ]
  return { accept, reject: reject.map(([name, state]) => ({ name, state, audience: AUDIENCE, resource, salt })) }
}

export async function makeConsents() {
  const base: ConsentStatement = {
    typ: 'countersign/consent/v1',
    iss: ISSUER,
    aud: AUDIENCE,
    request: random(16),
    sub: 'person-zoe',
    act: { sub: 'some-agent' },
    client_id: 'some-agent',
    action: await actionDigest(ACTION, AUDIENCE),
    preview: null,
    state: null,
    policy: `sha-256:${random(32)}`,
    quorum: 1,
    separation: true,
    uses: 1,
    expires: 1_800_000_600,
    approver: 'person-ada',
    nonce: random(32),
  }
  const variants: ConsentStatement[] = [
    base,
    { ...base, preview: `sha-256:${random(32)}`, quorum: 2 },
    { ...base, state: `sha-256:${random(32)}` },
    { ...base, act: { sub: 'outer', act: { sub: 'inner' } }, separation: false },
  ]
  const statements = []
  for (const statement of variants) {
    const canonical = canonicalize(statement)
    const challenge = base64urlEncode(await consentChallenge(statement))
    statements.push({ statement, canonical, digest: await statementDigest(statement), challenge })
  }
  const digests = statements.map(({ digest }) => digest)
  const batch = { statements: digests, challenge: base64urlEncode(await batchChallenge(digests)) }
  return { statements, batches: [batch] }
}
