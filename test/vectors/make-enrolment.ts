/** enrolment.json: statements with their challenges, the authorisation of a further passkey, and registered parties with the digest that a first admin signs. */
import { base64urlEncode, canonicalize } from '@countersign/verifier'
import {
  authorisationChallenge,
  authorisationStatement,
  canonicalRegistered,
  type EnrolmentStatement,
  enrolmentChallenge,
  executorDigest,
  type RegisteredDocument,
  registeredDigest,
} from '@countersign/verifier/authority'
import { AUDIENCE, ISSUER } from '../verifier/world.ts'
import { seeded } from './fixed.ts'

const random = seeded('enrolment')

const NOBODY: RegisteredDocument = { agents: [], executors: [], credentials: [], killswitches: [] }

const SOME: RegisteredDocument = {
  // Not in the order of their names, which the digest puts them in.
  agents: [
    { agent: 'some-agent', principals: ['zoe', 'ada'], executors: [AUDIENCE], groups: [], run_by: null },
    { agent: 'a.agent', principals: ['a.agent'], executors: [], groups: ['night', 'ops'], run_by: 'person-ada' },
  ],
  executors: [
    {
      executor: AUDIENCE,
      title: 'The forum – “eng”',
      catalogue: [
        { name: 'forum.post', effect: 'write', reversible: true, title: 'Publish in {board}' },
        { name: 'forum.read', effect: 'read', reversible: true },
      ],
      challenge_keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'key-1', alg: 'EdDSA' }],
    },
  ],
  credentials: [
    { credential: 'b'.repeat(22), kind: 'operator', subject: 'countersign-operator', expires: 1_830_000_000 },
    { credential: 'B'.repeat(22), kind: 'agent', subject: 'some-agent', expires: 1_807_776_000 },
  ],
  killswitches: [
    { killswitch: 'k'.repeat(22), selector: {} },
    { killswitch: 'K'.repeat(22), selector: { agent: 'some-agent', action: 'forum.*' } },
  ],
}

export async function makeEnrolments() {
  const registered = await Promise.all([NOBODY, SOME].map(registeredOf))
  const base: EnrolmentStatement = {
    typ: 'countersign/enrolment/v1',
    iss: ISSUER,
    approver: 'person-ada',
    roles: ['admin', 'approver'],
    registered: registered[1]?.digest ?? null,
    nonce: random(32),
  }
  const variants = [base, { ...base, roles: ['approver'], registered: null }]
  const statements = variants.map(async (statement) => ({
    statement,
    canonical: canonicalize(statement),
    challenge: base64urlEncode(await enrolmentChallenge(statement)),
  }))
  const further = authorisationStatement(base, { credential: random(32), key: random(32) })
  const authorisation = {
    statement: further,
    canonical: canonicalize(further),
    challenge: base64urlEncode(await authorisationChallenge(further)),
  }
  return { registered, statements: await Promise.all(statements), authorisation }
}

async function registeredOf(document: RegisteredDocument) {
  const rows = await Promise.all(
    document.executors.map(async (row) => ({ executor: row.executor, row: await executorDigest(row) })),
  )
  const canonical = canonicalRegistered({ ...document, executors: rows })
  return { document, rows, canonical, digest: await registeredDigest(document) }
}
