/**
 * The one implementation of the store, joined from the verbs of its domains.
 *
 * In:  a database, and the migrations of this build. Out: a `Store`.
 * Does not migrate: whoever composes the process does that, once, before. Specification: DESIGN 13.
 */
import { administrationVerbs } from './administration.ts'
import { artifactVerbs } from './artifacts.ts'
import type { Gather } from './batch.ts'
import { consentVerbs } from './consents.ts'
import type { Database } from './database.ts'
import { deliveryVerbs } from './deliveries.ts'
import { followingVerbs } from './following.ts'
import { gestureVerbs } from './gestures.ts'
import { killSwitchVerbs } from './kill-switches.ts'
import { ledgerVerbs } from './ledger.ts'
import { logVerbs } from './log.ts'
import { isMigrated, type Migration } from './migrate.ts'
import { noticeVerbs } from './notices.ts'
import { notificationVerbs } from './notification-settings.ts'
import { openVerbs } from './open-request.ts'
import { partyVerbs } from './parties.ts'
import { peopleVerbs } from './people.ts'
import { redemptionVerbs } from './redemption.ts'
import { requestVerbs } from './requests.ts'
import { revocationVerbs } from './revocation.ts'
import { revokeOneVerbs } from './revoke-one.ts'
import { searchVerbs } from './search.ts'
import { stopVerbs } from './stops.ts'
import type { Store } from './store.ts'
import { streamVerbs } from './streams.ts'
import { tokenVerbs } from './tokens.ts'
import { usageVerbs } from './usage.ts'

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
