/**
 * All use cases of the authority on one page: the way of an approval first, then people, changes, stopping and reading.
 *
 * In: `Deps`. Out: the use cases as http and web call them, with the deps already given.
 * Each use case is a plain function `(deps, caller, input)` in a file named after it. It reads the clock, randomness and
 * the store; the rules it applies are in `domain/`. One statement of the store decides each race. SPEC 2.
 */
import { createAdministration } from './changes/administration.ts'
import type { Deps } from './deps.ts'
import { createNotifications } from './notify/notifications.ts'
import { createAccess } from './people/access.ts'
import { readApproverKeys, readJwks, readMetadata } from './reading/discovery.ts'
import {
  countEntries,
  exportEntries,
  readActivity,
  readArtifacts,
  readReports,
  searchEntries,
} from './reading/entry-search.ts'
import { tailEntries, unprovedEntries } from './reading/entry-tail.ts'
import { proveEntry, readCheckpoint, readTile } from './reading/log-files.ts'
import { removeAction, reviewUsage } from './reading/usage-review.ts'
import { createAnswering } from './requests/answer.ts'
import { createBatchAnswering } from './requests/answer-batch.ts'
import { createAnswerable } from './requests/answerable.ts'
import { createAsking } from './requests/ask.ts'
import { createShowing } from './requests/show.ts'
import { createSweeping } from './requests/sweep.ts'
import { createExecutorFeed } from './stop/executor-stream.ts'
import { createRevoking } from './stop/revoking.ts'
import { createControl } from './stop/stopping.ts'
import { createIssuing } from './tokens/issue.ts'
import { createSpending } from './tokens/redeem.ts'
import { reportRefusal } from './tokens/report-refusal.ts'

/** A use case `(deps, ...input)` becomes `(...input)`. */
const binderOf =
  <D>(deps: D) =>
  <Input extends readonly unknown[], Output>(useCase: (deps: D, ...input: Input) => Output) =>
  (...input: Input): Output =>
    useCase(deps, ...input)

export type Authority = ReturnType<typeof createAuthority>

export function createAuthority(deps: Deps) {
  const bind = binderOf(deps)
  const way = createWay(deps)
  return {
    /** The way of an approval. */
    authority: way,
    /** People, passkeys and sessions. */
    access: createAccess(deps),
    /** The authority as its own first executor. */
    administration: createAdministration(deps, way),
    /** Kill switches, and revoking one token or request. */
    control: createControl(deps),
    revoking: createRevoking(deps),
    feed: createExecutorFeed(deps),
    /** Reading. */
    reviewing: { review: bind(reviewUsage), removeAction: bind(removeAction) },
    discovery: {
      jwks: bind(readJwks),
      approverKeys: bind(readApproverKeys),
      metadata: bind(readMetadata),
      statusList: deps.statusList,
      ready: deps.store.ready,
    },
    auditing: createAuditing(deps),
    /** Telling people. */
    notifications: createNotifications(deps, deps.notifyKeys, deps.mailWorks),
  }
}

function createWay(deps: Deps) {
  const bind = binderOf(deps)
  const showing = createShowing(deps)
  const issuing = createIssuing(deps)
  const asking = createAsking(deps, issuing)
  const answerable = createAnswerable(deps)
  const answering = createAnswering(deps, showing, answerable)
  const together = createBatchAnswering(deps, answerable)
  const spending = createSpending(deps)
  return {
    open: asking.open,
    openFromChallenge: asking.openFromChallenge,
    view: showing.view,
    settled: showing.settled,
    inbox: showing.inbox,
    inboxChanged: showing.inboxChanged,
    show: showing.show,
    offerConsent: answering.offerConsent,
    consent: answering.consent,
    offerBatch: together.offerBatch,
    consentBatch: together.consentBatch,
    deny: answering.deny,
    withdraw: answering.withdraw,
    collect: issuing.collect,
    redeem: spending.redeem,
    reportOutcome: spending.reportOutcome,
    reportRefusal: bind(reportRefusal),
    traceEntries: showing.traceEntries,
    sweep: createSweeping(deps),
  }
}

/** The ledger as auditors read it. */
function createAuditing(deps: Deps) {
  const bind = binderOf(deps)
  return {
    checkpoint: bind(readCheckpoint),
    tile: bind(readTile),
    proof: bind(proveEntry),
    entries: bind(searchEntries),
    every: bind(exportEntries),
    count: bind(countEntries),
    activity: bind(readActivity),
    tail: bind(tailEntries),
    unproved: bind(unprovedEntries),
    artifacts: bind(readArtifacts),
    reports: bind(readReports),
    keys: deps.store.signingKeys,
  }
}
