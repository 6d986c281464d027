/**
 * Enrols a person: the passkey exists already and waits for the consent of an admin, who sees its device and the code
 * that the person's page shows. SPEC 10.1.
 */
import { jwkThumbprint } from '@countersign/verifier'
import * as z from 'zod'
import { previewOfMembers } from '../../domain/action/describe.ts'
import { passkeyRow, personRow } from '../../domain/identity/configuration-rows.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { base64url22, nameOf, Roles } from '../../domain/identity/identifiers.ts'
import { keyCode } from '../../domain/identity/key-code.ts'
import type { Passkey } from '../../domain/identity/parties.ts'
import type { EntryMembers } from '../../domain/ledger/entry.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { WaitingPasskey } from '../../store/contract/enrolment-store.ts'
import { type ChangeNeeds, ownChange } from './own-change.ts'

export const ENROL_APPROVER = 'countersign.approver.enrol'

/** The passkey that waits, as the consent names it. */
export const PasskeyArguments = z.strictObject({
  approver: base64url22,
  name: nameOf(100),
  /** As both pages show it. */
  code: z.string().max(16),
  authenticator: nameOf(100),
  synced: z.boolean(),
  /** Thumbprint of the passkey's public key. */
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

const EnrolArguments = PasskeyArguments.extend({ roles: Roles })

type Asked = z.output<typeof PasskeyArguments>

export const enrolApprover = ownChange({
  name: ENROL_APPROVER,
  title: 'Let {name} answer here, with the passkey {code}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  arguments: EnrolArguments,
  resource: ({ approver }) => `approver:${approver}`,
  check: (deps, asked) => waitingFor(deps, asked),
  preview: async (deps, asked) => {
    const { changes } = previewOfMembers(`approver:${asked.approver}`, asked, null)
    return { changes: [...changes, ...(await waitingForThem(deps, asked.approver))] }
  },
  rows: ({ approver, roles, key, synced }) => [
    personRow({ id: approver, roles, suspendedAt: null }),
    passkeyRow({ approver, key: { kid: key, be: synced } }),
  ],
  async prepare(deps, asked) {
    const waiting = await waitingFor(deps, asked)
    if (!waiting.ok) return waiting
    const { passkey, proof } = waiting.value
    const { approver: id, name, roles } = asked
    const person = await preparePayload(id, 'person', { name }, payloadSalt(deps.randomBytes))
    const approver = { id, roles, createdAt: deps.now(), suspendedAt: null, removedAt: null }
    return ok({
      change: { kind: 'approver.enrol', approver, passkey },
      type: 'approver.enrolled',
      members: { approver: id, roles: [...roles], payloads: [person.digest] },
      further: [{ type: 'credential.added', members: { approver: id, ...(await passkeyMembers({ passkey, proof })) } }],
      payloads: [person],
      answer: { subject: name },
    })
  },
})

/** The person's entry in a directory, and the groups that they are in as soon as they are enrolled. */
async function waitingForThem({ store }: ChangeNeeds, id: string) {
  const [named, groups] = await Promise.all([store.provisionedPerson(id), store.listGroups()])
  const names = groups.filter(({ members }) => members.includes(id)).map(({ name }) => name)
  if (!named && names.length === 0) return []
  const said = { directory: named?.directory ?? null, user_name: named?.attributes['userName'] ?? null, groups: names }
  return previewOfMembers('Named by a directory', said, null).changes
}

/** The passkey that the arguments are about, which has to be theirs to the letter. */
export async function waitingFor({ store }: ChangeNeeds, asked: Asked): Promise<Result<WaitingPasskey>> {
  const waiting = await store.waitingPasskey({ key: asked.key })
  if (waiting && (await isAsked(waiting.passkey, asked))) return ok(waiting)
  return refuse('not_found', 'No such passkey waits to be enrolled. Invite the person again.')
}

const isAsked = async ({ approver, key }: Passkey, asked: Asked): Promise<boolean> =>
  approver === asked.approver &&
  key.be === asked.synced &&
  (await jwkThumbprint(key)) === asked.key &&
  (await keyCode(approver, asked.key)) === asked.code

/** A passkey as `credential.added` has it. */
export const passkeyMembers = async ({
  passkey,
  proof,
}: Pick<WaitingPasskey, 'passkey' | 'proof'>): Promise<EntryMembers> => ({
  credential: await hashSecret(passkey.credentialId),
  public_key: { ...passkey.key },
  aaguid: passkey.aaguid,
  backed_up: passkey.backedUp,
  transports: [...passkey.transports],
  enrolment: { ...proof },
})
