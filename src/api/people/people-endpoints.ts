/** The endpoints of people: sign in, enrol, keep their passkeys. */
import { define } from '../endpoint.ts'
import { Revocation } from '../wire-fields.ts'
import * as e from './entrance-shapes.ts'
import * as s from './passkey-shapes.ts'

/** Before there is a session. */
const open = { callers: 'anyone', tag: 'approvers', status: 200, refusals: [] } as const

/** For everyone who is signed in. */
const own = { callers: [], session: 'any', tag: 'approvers', status: 200, refusals: [] } as const

export const peopleEndpoints = define({
  signInOptions: {
    ...open,
    method: 'POST',
    path: '/session/options',
    summary: 'Begin to sign in with a discoverable passkey',
    response: s.PasskeyOptions,
    refusals: ['rate_limited'],
  },
  signIn: {
    ...open,
    method: 'POST',
    path: '/session',
    summary: 'Sign in',
    body: s.Assertion,
    response: e.SessionView,
    refusals: ['consent_invalid', 'rate_limited'],
  },
  signOut: {
    ...own,
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out',
    status: 204,
  },
  viewInvitation: {
    ...open,
    method: 'POST',
    path: '/enrolments/invitation',
    summary: 'Read the invitation behind a link',
    body: e.InvitationSecret,
    response: e.InvitationView,
    refusals: ['not_found', 'rate_limited'],
  },
  enrolOptions: {
    ...open,
    method: 'POST',
    path: '/enrolments/options',
    summary: 'Begin to enrol with an invitation',
    body: e.EnrolmentStart,
    response: s.PasskeyOptions,
    refusals: ['not_found', 'rate_limited'],
  },
  enrol: {
    ...open,
    method: 'POST',
    path: '/enrolments',
    summary: 'Enrol, with a first passkey, and sign in',
    body: e.Enrolment,
    status: 201,
    response: e.SessionView,
    refusals: ['consent_invalid', 'not_found', 'rate_limited'],
  },
  listPasskeys: {
    ...own,
    method: 'GET',
    path: '/passkeys/mine',
    summary: 'List one’s own passkeys',
    response: s.Passkeys,
  },
  addPasskeyOptions: {
    ...own,
    method: 'POST',
    path: '/passkeys/options',
    summary: 'Begin to add a passkey: options for the new one and for the existing one that authorises it',
    body: s.PasskeyStart,
    response: s.PasskeyOptions,
    refusals: ['rate_limited'],
  },
  addPasskey: {
    ...own,
    method: 'POST',
    path: '/passkeys',
    summary: 'Add a passkey, authorised by an existing one',
    body: s.PasskeyAddition,
    status: 201,
    response: s.PasskeyView,
    refusals: ['consent_invalid', 'forbidden'],
  },
  revokePasskey: {
    ...own,
    method: 'DELETE',
    path: '/passkeys/:id',
    summary: 'Revoke one of one’s own passkeys',
    stops: true,
    response: Revocation,
    refusals: ['not_found', 'forbidden'],
  },
})
