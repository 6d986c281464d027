/**
 * The one implementation of the store, joined from the verbs of its domains. Does not migrate: the composition root
 * does that first. SPEC 13.
 */
import { oneByOne } from '../domain/turns.ts'
import type { Store } from './contract/store.ts'
import type { Database } from './driver/database.ts'
import type { Gather } from './driver/gather.ts'
import type { Migration } from './driver/migrate.ts'
import { createReadiness } from './driver/readiness.ts'
import { backlogVerbs } from './ledger/backlog-verbs.ts'
import { entryVerbs } from './ledger/entry-verbs.ts'
import { logVerbs } from './ledger/log-verbs.ts'
import { followingVerbs } from './ledger/overdue-verbs.ts'
import { repeatVerbs } from './ledger/repeat-verbs.ts'
import { searchVerbs } from './ledger/search-verbs.ts'
import { deliveryVerbs } from './notify/delivery-verbs.ts'
import { noticeVerbs } from './notify/notice-verbs.ts'
import { notificationVerbs } from './notify/settings-verbs.ts'
import { absenceVerbs } from './people/absence-verbs.ts'
import { agentSessionVerbs } from './people/agent-session-verbs.ts'
import { breakGlassVerbs } from './people/break-glass-verbs.ts'
import { changeVerbs } from './people/change-verbs.ts'
import { consenterVerbs } from './people/consenter-verbs.ts'
import { endPersonVerbs } from './people/end-person.ts'
import { enrolmentVerbs } from './people/enrolment-verbs.ts'
import { groupVerbs } from './people/group-verbs.ts'
import { partyVerbs } from './people/party-verbs.ts'
import { peopleVerbs } from './people/people-verbs.ts'
import { provisioningVerbs } from './people/provisioning-verbs.ts'
import { revocationVerbs } from './people/revoke-party.ts'
import { standingVerbs } from './people/standing-verbs.ts'
import { observationVerbs } from './policy/observation-verbs.ts'
import { policyVerbs } from './policy/policy-verbs.ts'
import { proofVerbs } from './proof/proof-verbs.ts'
import { allowedCallVerbs } from './requests/allowed-calls.ts'
import { consentVerbs } from './requests/consent-verbs.ts'
import { historyVerbs } from './requests/history-verbs.ts'
import { openVerbs } from './requests/open-request.ts'
import { pastCallVerbs } from './requests/past-calls.ts'
import { recountVerbs } from './requests/recount-verbs.ts'
import { listVerbs } from './requests/request-list-verbs.ts'
import type { Bulk } from './requests/request-rows.ts'
import { requestVerbs } from './requests/request-verbs.ts'
import { revisionVerbs } from './requests/revision-verbs.ts'
import { killSwitchVerbs } from './stop/kill-switch-verbs.ts'
import { revokeOneVerbs } from './stop/revoke-one.ts'
import { stopVerbs } from './stop/stop-verbs.ts'
import { dueVerbs } from './sweep/due-work.ts'
import { redemptionVerbs } from './tokens/redemption.ts'
import { tokenVerbs } from './tokens/token-verbs.ts'

/** With `gather`, concurrent calls share a statement; not on Workers, where each call has its own connections. */
export function createStore(
  database: Database,
  migrations: readonly Migration[],
  { gather }: { readonly gather?: Gather | undefined } = {},
): Store {
  const bulk: Bulk = database.use().connections === 1 ? oneByOne() : (work) => work()
  return {
    ready: createReadiness(database, migrations),
    close: database.close,
    listen: database.listen,
    databaseUse: database.use,
    ...partyVerbs(database, gather),
    ...changeVerbs(database),
    ...policyVerbs(database, gather),
    ...observationVerbs(database),
    ...revocationVerbs(database),
    ...revokeOneVerbs(database),
    ...peopleVerbs(database),
    ...consenterVerbs(database),
    ...groupVerbs(database),
    ...provisioningVerbs(database),
    ...endPersonVerbs(database),
    ...enrolmentVerbs(database),
    ...absenceVerbs(database),
    ...breakGlassVerbs(database),
    ...agentSessionVerbs(database),
    ...standingVerbs(database, gather),
    ...openVerbs(database, gather),
    ...allowedCallVerbs(database, gather),
    ...historyVerbs(database),
    ...requestVerbs(database, gather, bulk),
    ...revisionVerbs(database),
    ...listVerbs(database, bulk),
    ...pastCallVerbs(database),
    ...consentVerbs(database),
    ...recountVerbs(database),
    ...tokenVerbs(database, gather),
    ...redemptionVerbs(database, gather),
    ...entryVerbs(database),
    ...repeatVerbs(database),
    ...logVerbs(database),
    ...backlogVerbs(database),
    ...proofVerbs(database),
    ...searchVerbs(database),
    ...dueVerbs(database),
    ...followingVerbs(database),
    ...killSwitchVerbs(database),
    ...stopVerbs(database),
    ...noticeVerbs(database),
    ...deliveryVerbs(database),
    ...notificationVerbs(database),
  }
}
