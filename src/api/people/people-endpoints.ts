/** The endpoints of people: sign in, enrol, keep their passkeys. */
import { define } from '../endpoint.ts'
import { Revocation } from '../wire-fields.ts'
import * as s from './people-shapes.ts'

/** For everyone who is signed in. */
const own = { callers: [], session: 'any' } as const

export const peopleEndpoints = define('approvers', {
  signInOptions: {
    method: 'POST',
    path: '/session/options',
    summary: 'Begin to sign in with a discoverable passkey',
    callers: 'anyone',
    uncounted: true,
    response: s.PasskeyOptions,
  },
  signIn: {
    method: 'POST',
    path: '/session',
    summary: 'Sign in',
    callers: 'anyone',
    uncounted: true,
    body: s.Assertion,
    response: s.SessionView,
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
    method: 'POST',
    path: '/enrolments/invitation',
    summary: 'Read the invitation behind a link',
    callers: 'anyone',
    body: s.InvitationSecret,
    response: s.InvitationView,
    refusals: ['not_found', 'rate_limited'],
  },
  enrolOptions: {
    method: 'POST',
    path: '/enrolments/options',
    summary: 'Begin to enrol with an invitation',
    callers: 'anyone',
    body: s.EnrolmentStart,
    response: s.PasskeyOptions,
    refusals: ['not_found', 'rate_limited'],
  },
  enrol: {
    method: 'POST',
    path: '/enrolments',
    summary: 'Enrol, with a first passkey, and sign in',
    callers: 'anyone',
    body: s.Enrolment,
    status: 201,
    response: s.SessionView,
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
