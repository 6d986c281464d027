/** Agents, executors, approvers, their credentials, and changes to the authority, on the wire. SPEC 1, 10. */
import * as z from 'zod'
import type { OwnChangeResult } from '../../authority/changes/own-change.ts'
import type { Publication } from '../../authority/changes/publish-catalogue.ts'
import type { KnownPerson } from '../../authority/people/end-rights.ts'
import type { InvitationLink } from '../../authority/people/invitations.ts'
import type { ListedInvitation } from '../../authority/people/open-invitations.ts'
import { Catalogue, CatalogueEntry } from '../../domain/identity/catalogue.ts'
import type { Group } from '../../domain/identity/groups.ts'
import { nameOf, PublicKey, Roles } from '../../domain/identity/identifiers.ts'
import type { Agent, Approver, Caller, Credential, Executor, Passkey } from '../../domain/identity/parties.ts'
import { PasskeyView, passkeyView } from '../people/people-shapes.ts'
import { Action, RequestView, requestView } from '../requests/request-shapes.ts'
import { instant } from '../wire-fields.ts'

export { Catalogue, CatalogueEntry } from '../../domain/identity/catalogue.ts'
export { audienceUri } from '../../domain/identity/identifiers.ts'

const CredentialView = z
  .strictObject({
    id: z.string(),
    prefix: z.string(),
    created_at: instant,
    expires_at: instant,
    revoked_at: instant.nullable(),
    last_used_at: instant.nullable(),
  })
  .meta({ id: 'Credential' })

const credentialView = (credential: Credential) => ({
  id: credential.id,
  prefix: credential.prefix,
  created_at: credential.createdAt,
  expires_at: credential.expiresAt,
  revoked_at: credential.revokedAt,
  last_used_at: credential.lastUsedAt,
})

export const OwnCredentialQuery = z.strictObject({
  audience: z.string().min(1).max(512).optional().meta({ description: 'An executor' }),
})

export const OwnCredential = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['agent', 'executor', 'operator', 'auditor']),
    subject: z
      .string()
      .meta({ description: 'The agent’s id, the executor’s audience, or the name that it was made for' }),
  })
  .meta({ id: 'OwnCredential' })

export const ownCredentialView = (caller: Caller): z.input<typeof OwnCredential> => ({
  id: caller.credentialId,
  kind: caller.kind,
  subject: subjectOf(caller),
})

function subjectOf(caller: Caller): string {
  if (caller.kind === 'agent') return caller.agent.id
  return caller.kind === 'executor' ? caller.executor.audience : caller.subject
}

export const AgentView = z
  .strictObject({
    id: z.string(),
    principals: z.array(z.string()),
    executors: z.array(z.string()).meta({ description: 'The audiences that it may ask' }),
    groups: z.array(z.string()),
    version: z.int(),
    run_by: z.string().nullable(),
    created_at: instant,
    revoked_at: instant.nullable(),
    credentials: z.array(CredentialView),
  })
  .meta({ id: 'Agent' })

export const agentView = (agent: Agent & { readonly credentials: readonly Credential[] }) => ({
  id: agent.id,
  principals: [...agent.principals],
  executors: [...agent.executors],
  groups: [...agent.groups],
  version: agent.version,
  run_by: agent.runBy,
  created_at: agent.createdAt,
  revoked_at: agent.revokedAt,
  credentials: agent.credentials.map(credentialView),
})

export const ExecutorView = z
  .strictObject({
    audience: z.string(),
    title: z.string(),
    catalogue: z.array(CatalogueEntry),
    challenge_keys: z.array(PublicKey),
    version: z.int().meta({ description: 'Grows with every change; an edit names the one it was made from' }),
    created_at: instant,
    revoked_at: instant.nullable(),
    credentials: z.array(CredentialView),
  })
  .meta({ id: 'Executor' })

export const executorView = (executor: Executor & { readonly credentials: readonly Credential[] }) => ({
  audience: executor.audience,
  title: executor.title,
  catalogue: [...executor.catalogue],
  challenge_keys: executor.challengeKeys.map((key) => ({ ...key })),
  version: executor.version,
  created_at: executor.createdAt,
  revoked_at: executor.revokedAt,
  credentials: executor.credentials.map(credentialView),
})

const ApproverView = z
  .strictObject({
    id: z.string(),
    name: z.string().nullable(),
    roles: z.array(z.string()),
    groups: z.array(z.string()),
    created_at: instant,
    suspended_at: instant.nullable().meta({ description: 'They may do nothing until an approved change' }),
    removed_at: instant.nullable(),
    runs: z.array(z.string()),
    passkeys: z.array(PasskeyView),
  })
  .meta({ id: 'Approver' })

const PersonSession = z.strictObject({ id: z.string(), passkey: z.string(), created_at: instant, expires_at: instant })

export const PersonView = ApproverView.extend({ sessions: z.array(PersonSession) }).meta({ id: 'Person' })

export const personView = ({ sessions, ...person }: KnownPerson): z.input<typeof PersonView> => ({
  ...approverView(person),
  sessions: sessions.map(({ id, credentialId: passkey, createdAt: created_at, expiresAt: expires_at }) => ({
    id,
    passkey,
    created_at,
    expires_at,
  })),
})

export const approverView = (
  approver: Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] },
) => ({
  id: approver.id,
  name: approver.name,
  roles: [...approver.roles],
  groups: [...approver.groups],
  created_at: approver.createdAt,
  suspended_at: approver.suspendedAt,
  removed_at: approver.removedAt,
  runs: [...approver.runs],
  passkeys: approver.passkeys.map(passkeyView),
})

const GroupView = z
  .strictObject({
    name: z.string(),
    members: z.array(z.string()).meta({ description: 'Ids of approvers' }),
    version: z.int().meta({ description: 'Grows with every change; an edit names the one it was made from' }),
    created_at: instant,
  })
  .meta({ id: 'Group' })

export const groupView = ({ name, members, version, createdAt }: Group) => ({
  name,
  members: [...members],
  version,
  created_at: createdAt,
})

export const Groups = z.strictObject({ groups: z.array(GroupView) })

export const PublishedCatalogue = z
  .strictObject({ catalogue: Catalogue })
  .meta({ id: 'PublishCatalogue', description: 'The whole catalogue, as the executor offers it now' })

export const OwnCatalogue = z
  .strictObject({ version: z.int(), catalogue: z.array(CatalogueEntry), challenge_keys: z.array(PublicKey) })
  .meta({ id: 'OwnCatalogue', description: 'The catalogue in force, the executor’s version, and its challenge keys' })

export const ownCatalogueView = ({ version, catalogue, challengeKeys }: Executor) => ({
  version,
  catalogue: [...catalogue],
  challenge_keys: challengeKeys.map((key) => ({ ...key })),
})

export const PublicationView = z
  .strictObject({
    version: z.int().meta({ description: 'Of the executor, as it is now' }),
    request: RequestView.nullable().meta({
      description: 'The change that an admin answers; null where the catalogue is in force',
    }),
  })
  .meta({ id: 'Publication' })

export const publicationView = ({ version, request }: Publication, issuer: string) => ({
  version,
  request: request && requestView(request, issuer),
})

export const Agents = z.strictObject({ agents: z.array(AgentView) })

export const Executors = z.strictObject({ executors: z.array(ExecutorView) })

export const Approvers = z.strictObject({ approvers: z.array(ApproverView) })

export const ChangeOrder = z
  .strictObject({ action: Action })
  .meta({ id: 'Administer', description: 'The approved action, whole; its token travels in Approval-Token' })

export const ChangeResult = z
  .strictObject({
    name: z.string(),
    subject: z.string().meta({ description: 'The party or thing that was added or changed' }),
    credential: z.string().optional().meta({ description: 'Shown once' }),
    expires_at: instant.optional(),
  })
  .meta({ id: 'Administered' })

export const changeResultView = ({ expiresAt, ...made }: OwnChangeResult): z.input<typeof ChangeResult> => ({
  ...made,
  expires_at: expiresAt,
})

export const FirstAdminLink = z.strictObject({ link: z.url() }).meta({ id: 'FirstAdminLink' })

const InvitationView = z
  .strictObject({
    id: z.string(),
    name: z.string().nullable(),
    roles: z.array(z.string()),
    invited_by: z
      .strictObject({ id: z.string(), name: z.string().nullable() })
      .nullable()
      .meta({ description: 'The admin who consented; the name is null once erased' }),
    created_at: instant,
    expires_at: instant,
  })
  .meta({ id: 'OpenInvitation' })

export const NewInvitation = z.strictObject({
  name: nameOf(100),
  roles: Roles.default(['approver']),
})

export const InvitationLinkView = z
  .strictObject({
    link: z.string().meta({ description: 'Shown once. It works once, and gives no right' }),
    expires_at: instant,
  })
  .meta({ id: 'InvitationLink' })

export const invitationLinkView = ({ link, expiresAt }: InvitationLink): z.input<typeof InvitationLinkView> => ({
  link,
  expires_at: expiresAt,
})

export const Invitations = z.strictObject({ invitations: z.array(InvitationView) })

export const openInvitationView = ({
  hash,
  name,
  roles,
  invitedBy,
  inviterName,
  createdAt,
  expiresAt,
}: ListedInvitation) => ({
  id: hash,
  name,
  roles: [...roles],
  invited_by: invitedBy === null ? null : { id: invitedBy, name: inviterName },
  created_at: createdAt,
  expires_at: expiresAt,
})
