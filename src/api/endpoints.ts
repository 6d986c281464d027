/**
 * Every endpoint of the authority in one table: the HTTP routes, the typed client and the OpenAPI document read it.
 *
 * Pages are not here: they are in `web/`.
 */
import { discoveryEndpoints } from './discovery-endpoints.ts'
import { ledgerEndpoints } from './ledger/ledger-endpoints.ts'
import { notifyEndpoints } from './notify/notify-endpoints.ts'
import { agentSessionEndpoints } from './parties/agent-session-endpoints.ts'
import { directoryEndpoints } from './parties/directory-endpoints.ts'
import { partyEndpoints } from './parties/party-endpoints.ts'
import { absenceEndpoints } from './people/absence-endpoints.ts'
import { peopleEndpoints } from './people/people-endpoints.ts'
import { draftEndpoints } from './policy/draft-endpoints.ts'
import { evaluationEndpoints } from './policy/evaluation-endpoints.ts'
import { observationEndpoints } from './policy/observation-endpoints.ts'
import { policyEndpoints } from './policy/policy-endpoints.ts'
import { answerEndpoints } from './requests/answer-endpoints.ts'
import { hookEndpoints } from './requests/hook-endpoints.ts'
import { redemptionEndpoints } from './requests/redemption-endpoints.ts'
import { requestEndpoints } from './requests/request-endpoints.ts'
import { stopEndpoints } from './stop/stop-endpoints.ts'

export const endpoints = {
  ...requestEndpoints,
  ...evaluationEndpoints,
  ...draftEndpoints,
  ...observationEndpoints,
  ...policyEndpoints,
  ...redemptionEndpoints,
  ...hookEndpoints,
  ...peopleEndpoints,
  ...absenceEndpoints,
  ...answerEndpoints,
  ...agentSessionEndpoints,
  ...partyEndpoints,
  ...directoryEndpoints,
  ...stopEndpoints,
  ...notifyEndpoints,
  ...ledgerEndpoints,
  ...discoveryEndpoints,
}

export type EndpointId = keyof typeof endpoints
