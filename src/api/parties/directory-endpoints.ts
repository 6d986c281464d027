/** The endpoints that manage directories. Directories themselves call the SCIM routes. SPEC 10.10. */
import { define } from '../endpoint.ts'
import { Revocation } from '../wire-fields.ts'
import { Directories } from './directory-shapes.ts'
import { InvitationLinkView } from './party-shapes.ts'

const managed = { callers: ['operator'], session: 'admin' } as const

export const directoryEndpoints = define('administration', {
  listDirectories: {
    ...managed,
    method: 'GET',
    path: '/directories',
    summary: 'List the directories that name people by SCIM, and the people who are not enrolled yet',
    response: Directories,
  },
  revokeDirectory: {
    ...managed,
    method: 'DELETE',
    path: '/directories/:id',
    summary: 'Revoke a directory: its credential opens nothing more; people and groups stay as they are',
    response: Revocation,
    refusals: ['not_found'],
  },
  inviteProvisioned: {
    ...managed,
    method: 'POST',
    path: '/directories/people/:id/invitation',
    summary: 'Make the one-time link of a person whom a directory named; an admin’s consent then makes it count',
    status: 201,
    response: InvitationLinkView,
    refusals: ['not_found'],
  },
})
