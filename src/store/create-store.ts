/**
 * The one implementation of the store, joined from the verbs of its domains.
 *
 * In:  a database, and the migrations of this build. Out: a `Store`.
 * Does not migrate: whoever composes the process does that, once, before. Specification: DESIGN 13.
 */

import type { Store } from './contract/store.ts'
import type { Gather } from './driver/batch.ts'
import type { Database } from './driver/database.ts'
import { isMigrated, type Migration } from './driver/migrate.ts'
import { artifactVerbs } from './ledger/artifacts.ts'
import { followingVerbs } from './ledger/following.ts'
import { ledgerVerbs } from './ledger/ledger.ts'
import { logVerbs } from './ledger/log.ts'
import { searchVerbs } from './ledger/search.ts'
import { deliveryVerbs } from './notify/deliveries.ts'
import { noticeVerbs } from './notify/notices.ts'
import { notificationVerbs } from './notify/notification-settings.ts'
import { administrationVerbs } from './people/administration.ts'
import { gestureVerbs } from './people/gestures.ts'
import { partyVerbs } from './people/parties.ts'
import { peopleVerbs } from './people/people.ts'
import { consentVerbs } from './requests/consents.ts'
import { openVerbs } from './requests/open-request.ts'
import { requestVerbs } from './requests/requests.ts'
import { usageVerbs } from './requests/usage.ts'
import { killSwitchVerbs } from './stop/kill-switches.ts'
import { revocationVerbs } from './stop/revocation.ts'
import { revokeOneVerbs } from './stop/revoke-one.ts'
import { stopVerbs } from './stop/stops.ts'
import { streamVerbs } from './stop/streams.ts'
import { redemptionVerbs } from './tokens/redemption.ts'
import { tokenVerbs } from './tokens/tokens.ts'

export interface StoreOptions {
  /** Concurrent calls share a statement. Not on Workers, where each call has connections of its own. */
  readonly gather?: Gather | undefined
}

export function createStore(
  database: Database,
  migrations: readonly Migration[],
  { gather }: StoreOptions = {},
): Store {
  return {
    ready: () => isMigrated(database, migrations).catch(() => false),
    close: database.close,
    listen: database.listen,
    ...partyVerbs(database, gather),
    ...administrationVerbs(database),
    ...revocationVerbs(database),
    ...revokeOneVerbs(database),
    ...peopleVerbs(database),
    ...gestureVerbs(database),
    ...openVerbs(database, gather),
    ...requestVerbs(database),
    ...consentVerbs(database),
    ...tokenVerbs(database),
    ...redemptionVerbs(database, gather),
    ...ledgerVerbs(database),
    ...logVerbs(database),
    ...searchVerbs(database),
    ...artifactVerbs(database),
    ...followingVerbs(database),
    ...killSwitchVerbs(database),
    ...stopVerbs(database),
    ...streamVerbs(database),
    ...noticeVerbs(database),
    ...deliveryVerbs(database),
    ...notificationVerbs(database),
    ...usageVerbs(database),
  }
}
