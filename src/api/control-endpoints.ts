/**
 * The endpoints of live control; part of the table in `endpoints.ts`. DESIGN 9.
 */
import * as s from './control-schemas.ts'
import { define } from './endpoint.ts'

export const controlEndpoints = define({
  engageKillSwitch: {
    method: 'POST',
    path: '/killswitches',
    summary: 'Stop all that a selector names, at once. No passkey: whatever makes things safer is easy',
    auth: 'operator-or-approver',
    tag: 'control',
    body: s.Engage,
    status: 201,
    response: s.KillSwitch,
    refusals: ['rate_limited'],
  },
  listKillSwitches: {
    method: 'GET',
    path: '/killswitches',
    summary: 'Kill switches: those that stand, then those released lately',
    auth: 'watcher',
    tag: 'control',
    status: 200,
    response: s.KillSwitches,
    refusals: [],
  },
  previewKillSwitch: {
    method: 'GET',
    path: '/killswitches/preview',
    summary: 'What a selector would hit now; without members it is everything',
    auth: 'operator-or-approver',
    tag: 'control',
    query: s.Selector,
    status: 200,
    response: s.Reach,
    refusals: [],
  },
  viewKillSwitch: {
    method: 'GET',
    path: '/killswitches/:id',
    summary: 'One kill switch: what it hit, and which executors have confirmed it',
    auth: 'watcher',
    tag: 'control',
    status: 200,
    response: s.WatchedKillSwitch,
    refusals: ['not_found'],
  },
  confirmStop: {
    method: 'POST',
    path: '/executor/confirmations',
    summary: 'Say that a stop was felt, and how many calls it cut off',
    auth: 'executor',
    tag: 'executors',
    body: s.Confirm,
    status: 201,
    response: s.Confirmed,
    refusals: ['not_found'],
  },
})
