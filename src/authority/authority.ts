/**
 * The way of an approval on one page: ask, decide, hold, show, consent, write down, mint, spend, report.
 *
 * In: calls from the doors (`http/`, `web/`), who makes them already known. Out: results or tagged refusals.
 * Each step is a file in `way/`; it reads the clock, randomness and the store, and every rule it applies lives in a
 * stage. The store's one statement decides each race; what it returns is the verdict. SPEC 2.
 */

import { createAnswering } from './requests/answer.ts'
import { createBatchAnswering } from './requests/answer-batch.ts'
import { createAnswerable } from './requests/answerable.ts'
import { createAsking } from './requests/ask.ts'
import { createAgents } from './requests/asking-agent.ts'
import { createShowing } from './requests/show.ts'
import { createSweeping } from './requests/sweep.ts'
import type { Authority, Deps } from './services.ts'
import { createIssuing } from './tokens/issue.ts'
import { createSpending } from './tokens/redeem.ts'
import { createRefusalReports } from './tokens/refuse.ts'

export function createAuthority(deps: Deps): Authority {
  const agentOf = createAgents(deps.store)
  const showing = createShowing(deps)
  const issuing = createIssuing(deps, agentOf)
  const asking = createAsking(deps, issuing)
  const answerable = createAnswerable(deps)
  const answering = createAnswering(deps, showing, answerable)
  const together = createBatchAnswering(deps, answerable)
  const spending = createSpending(deps, agentOf)

  return {
    // An agent asks, at its own door or with what an executor signed; policy decides; the request is held.
    open: asking.open,
    openFromChallenge: asking.openFromChallenge,
    // It is shown: to the agent that waits, to the people who must decide.
    view: showing.view,
    settled: showing.settled,
    inbox: showing.inbox,
    inboxChanged: showing.inboxChanged,
    show: showing.show,
    // A person consents with a passkey over exactly what was shown, or denies; the agent may take it back.
    offerConsent: answering.offerConsent,
    consent: answering.consent,
    offerBatch: together.offerBatch,
    consentBatch: together.consentBatch,
    deny: answering.deny,
    withdraw: answering.withdraw,
    // The actor collects the token: its claims are written down, then signed.
    collect: issuing.collect,
    // The executor spends it, once, and reports what came of it.
    redeem: spending.redeem,
    reportOutcome: spending.reportOutcome,
    reportRefusal: createRefusalReports(deps),
    // All of it can be read back; what nobody answered in time ends.
    traceEntries: showing.traceEntries,
    sweep: createSweeping(deps),
  }
}
