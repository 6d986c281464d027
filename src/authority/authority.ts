/**
 * All use cases on one page: the way of an approval first, then people, changes, stopping and reading. Each is a plain
 * function `(deps, caller, input)` in a file named after it. It reads the clock, randomness and the store; the rules it
 * applies are in `domain/`. One statement of the store decides each race. SPEC 2.
 */
import type { Approver } from '../domain/identity/parties.ts'
import { endAbsence, listAbsences } from './absences/end-absence.ts'
import { offerAbsence, stateAbsence } from './absences/state-absence.ts'
import { endSession, listSessionsOfAgents, viewSession } from './agent-sessions/end-session.ts'
import { offerSession, openSession } from './agent-sessions/open-session.ts'
import { performChange } from './changes/perform-change.ts'
import { collectChange, propose, proposeChange } from './changes/propose-change.ts'
import { publishCatalogue } from './changes/publish-catalogue.ts'
import { revokeAgent, revokeCredential, revokeExecutor } from './changes/remove-party.ts'
import { consentAndSettle } from './changes/settle-enrolment.ts'
import { answerHook } from './coding/answer-hook.ts'
import type { Deps } from './deps.ts'
import { checkDraft } from './drafts/check-draft.ts'
import { firstDraft } from './drafts/first-draft.ts'
import { readObservation, startObservation, stopObservation } from './drafts/observations.ts'
import { replayDraft } from './drafts/replay-draft.ts'
import { surveyAgent } from './drafts/survey-agent.ts'
import { tryDraft } from './drafts/try-draft.ts'
import { allowCall } from './evaluating/allow-call.ts'
import { evaluate, evaluateAll } from './evaluating/evaluate.ts'
import { listDeliveries, removeWebhook, replayDelivery, testWebhooks } from './notify/delivery-log.ts'
import * as own from './notify/own-notifications.ts'
import { awaitEnrolment } from './people/ask-for-enrolment.ts'
import { acknowledgeBreakGlass, readBreakGlass } from './people/break-glass.ts'
import { endSessions, revokePasskey, suspendPerson, viewPerson } from './people/end-rights.ts'
import { enrol, enrolOptions } from './people/enrol-person.ts'
import { firstAdminLink, invitePerson, inviteProvisioned, recoverPerson, viewInvitation } from './people/invitations.ts'
import { listInvitations, withdrawInvitation } from './people/open-invitations.ts'
import { addPasskey, addPasskeyOptions, authorisePasskeyOptions } from './people/own-passkeys.ts'
import { recordingRefusals } from './people/refused-enrolment.ts'
import { callerOfSecret, listSessions, personOfSession, signIn, signInOptions, signOut } from './people/sessions.ts'
import { directoryOfSecret, listDirectories, revokeDirectory } from './provisioning/manage-directories.ts'
import { recordScimRefusal } from './provisioning/refusals-of-directories.ts'
import * as resources from './provisioning/resources.ts'
import { readApproverKeys, readAuthzenConfiguration, readJwks, readMetadata } from './reading/discovery.ts'
import {
  countEntries,
  exportEntries,
  readActivity,
  readArtifacts,
  readTrace,
  searchEntries,
} from './reading/entry-search.ts'
import { tailEntries, unprovedEntries } from './reading/entry-tail.ts'
import { proveEntry, readCheckpoint, readTile } from './reading/log-files.ts'
import { readReports } from './reading/outcome-reports.ts'
import { readPolicy, readPolicyHistory } from './reading/policy-history.ts'
import { examineSelf } from './reading/self-examination.ts'
import { listAgents, removeAction, reviewUsage } from './reading/usage-review.ts'
import { issueActorToken } from './requests/agent-chain.ts'
import { openFromChallenge } from './requests/ask-from-challenge.ts'
import { deny, offerConsent } from './requests/consent.ts'
import { consentBatch, offerBatch } from './requests/consent-batch.ts'
import { inboxChanged, readInbox } from './requests/inbox.ts'
import { grantsGivenBy, listGrants } from './requests/list-grants.ts'
import { listRequests } from './requests/list-requests.ts'
import { proposeGrant } from './requests/propose-grant.ts'
import { offerUndo, proposeUndo } from './requests/propose-undo.ts'
import { readContent, uncoverContent } from './requests/read-content.ts'
import { reviseRequest, showRevision } from './requests/revision/revise.ts'
import { showRevisable } from './requests/revision/show-revisable.ts'
import { offerRevision, signRevision } from './requests/revision/sign-revision.ts'
import { showRequest } from './requests/show.ts'
import { waitForAnswer, withdraw } from './requests/view.ts'
import { engage, previewStop } from './stop/engage.ts'
import { ownStanding } from './stop/own-standing.ts'
import { introspect, revokePresented, revokeRequest, revokeToken } from './stop/revoke-token.ts'
import { createExecutorStream } from './stop/stream.ts'
import { confirmStop, connectedExecutors, watchKillSwitch } from './stop/watch-kill-switches.ts'
import { createSweep } from './sweep.ts'
import { collectToken } from './tokens/collect.ts'
import { redeem } from './tokens/redeem.ts'
import { reportOutcome, reportRefusal } from './tokens/report-outcome.ts'

/** A use case `(deps, ...input)` becomes `(...input)`. */
const binderOf =
  <D>(deps: D) =>
  <Input extends readonly unknown[], Output>(useCase: (deps: D, ...input: Input) => Output) =>
  (...input: Input): Output =>
    useCase(deps, ...input)

type Bind = ReturnType<typeof binderOf<Deps>>

export type Authority = ReturnType<typeof createAuthority>

export function createAuthority(deps: Deps) {
  const bind = binderOf(deps)
  const bindReads = binderOf({ ...deps, store: deps.reads })
  return {
    requests: createRequests(bind, bindReads),
    drafting: {
      beginning: bind(firstDraft),
      check: bind(checkDraft),
      attempt: bind(tryDraft),
      survey: bind(surveyAgent),
      replay: bind(replayDraft),
    },
    /** A draft that decides beside the policy in force, and changes nothing. */
    observing: { start: bind(startObservation), stop: bind(stopObservation), read: bind(readObservation) },
    policies: { history: bind(readPolicyHistory), read: bind(readPolicy), observed: deps.store.listObservations },
    evaluating: { evaluate: bind(evaluate), evaluateAll: bind(evaluateAll), allowCall: bind(allowCall) },
    answerHook: bind(answerHook),
    tokens: {
      // The actor collects the token: its claims are written down, then signed.
      collect: bind(collectToken),
      // The executor redeems it, once per use, and reports the outcome, or a call that it refused.
      redeem: bind(redeem),
      reportOutcome: bind(reportOutcome),
      reportRefusal: bind(reportRefusal),
    },
    /** Ends requests that nobody answered in time, and does the rest of the clock's work. */
    sweep: createSweep(deps),
    people: createPeople(bind, bindReads, deps),
    changes: {
      propose: bind(proposeChange),
      collect: bind(collectChange),
      perform: bind(performChange),
      publishCatalogue: bind(publishCatalogue),
      revokeAgent: bind(revokeAgent),
      revokeExecutor: bind(revokeExecutor),
      revokeCredential: bind(revokeCredential),
    },
    /** Times in which people are away, and their deputies. */
    absences: { offer: bind(offerAbsence), state: bind(stateAbsence), list: bind(listAbsences), end: bind(endAbsence) },
    /** Times in which agents may propose, for a purpose. */
    agentSessions: {
      offer: bind(offerSession),
      open: bind(openSession),
      view: bind(viewSession),
      list: bind(listSessionsOfAgents),
      end: bind(endSession),
    },
    /** People and groups as directories name them. */
    provisioning: createProvisioning(bind),
    stop: createStop(bind, deps),
    stream: createExecutorStream(deps),
    examineSelf: bind(examineSelf),
    findings: deps.findings,
    reviewing: { review: bind(reviewUsage), removeAction: bind(removeAction) },
    discovery: {
      jwks: bind(readJwks),
      approverKeys: bind(readApproverKeys),
      metadata: bind(readMetadata),
      authzenConfiguration: bind(readAuthzenConfiguration),
      statusList: deps.statusList,
      ready: deps.store.ready,
    },
    auditing: createAuditing(bind, bindReads, deps),
    notifications: createNotifications(bind, deps),
  }
}

function createRequests(bind: Bind, bindReads: Bind) {
  return {
    // An agent asks, at its own door or with an executor's signed challenge. Policy decides; the request is held.
    open: bind(propose),
    openFromChallenge: bind(openFromChallenge),
    issueActorToken: bind(issueActorToken),
    // The agent waits; the people who must decide see it.
    wait: bind(waitForAnswer),
    inbox: bindReads(readInbox),
    inboxChanged: bindReads(inboxChanged),
    show: bindReads(showRequest),
    list: bind(listRequests),
    grants: bind(listGrants),
    grantsGivenBy: bindReads(grantsGivenBy),
    content: bind(readContent),
    uncover: bind(uncoverContent),
    // A request that undoes what another did.
    offerUndo: bind(offerUndo),
    proposeUndo: bind(proposeUndo),
    // A person consents with a passkey over exactly what was shown, or denies; the agent may take the request back.
    offerConsent: bind(offerConsent),
    consent: bind(consentAndSettle),
    offerBatch: bind(offerBatch),
    consentBatch: bind(consentBatch),
    // Or changes what the catalogue lets them change, and consents to that.
    showRevisable: bind(showRevisable),
    revise: bind(reviseRequest),
    showRevision: bind(showRevision),
    offerRevision: bind(offerRevision),
    signRevision: bind(signRevision),
    // Or also allows more calls like it.
    proposeGrant: bind(proposeGrant),
    deny: bind(deny),
    withdraw: bind(withdraw),
    // The whole story can be read back.
    readTrace: bind(readTrace),
  }
}

/** The ledger as auditors read it. */
function createAuditing(bind: Bind, bindReads: Bind, deps: Deps) {
  return {
    checkpoint: bind(readCheckpoint),
    tile: bind(readTile),
    proof: bind(proveEntry),
    entries: bind(searchEntries),
    every: bind(exportEntries),
    count: bind(countEntries),
    activity: bindReads(readActivity),
    tail: bind(tailEntries),
    unproved: bind(unprovedEntries),
    artifacts: bind(readArtifacts),
    reports: bind(readReports),
    keys: deps.store.signingKeys,
    configuration: deps.exportConfiguration,
  }
}

function createPeople(bind: Bind, bindReads: Bind, deps: Deps) {
  return {
    callerOf: bind(callerOfSecret),
    personOf: bind(personOfSession),
    signInOptions: bind(signInOptions),
    signIn: bind(signIn),
    signOut: bind(signOut),
    sessions: bind(listSessions),
    endSessions: bind(endSessions),
    firstAdminLink: bind(firstAdminLink),
    viewInvitation: bind(recordingRefusals(viewInvitation)),
    invite: bind(invitePerson),
    inviteProvisioned: bind(inviteProvisioned),
    recover: bind(recoverPerson),
    invitations: bind(listInvitations),
    withdrawInvitation: bind(withdrawInvitation),
    enrolOptions: bind(recordingRefusals(enrolOptions)),
    enrol: bind(recordingRefusals(enrol)),
    awaitEnrolment: bind(recordingRefusals(awaitEnrolment)),
    breakGlass: bindReads(readBreakGlass),
    acknowledgeBreakGlass: bind(acknowledgeBreakGlass),
    passkeys: ({ id }: Approver) => deps.store.passkeysOf(id),
    addPasskeyOptions: bind(addPasskeyOptions),
    authorisePasskeyOptions: bind(recordingRefusals(authorisePasskeyOptions, ({ id }) => ({ approver: id }))),
    addPasskey: bind(recordingRefusals(addPasskey, ({ id }) => ({ approver: id }))),
    revokePasskey: bind(revokePasskey),
    suspend: bind(suspendPerson),
    view: bind(viewPerson),
    agents: bindReads(listAgents),
    executors: () => deps.reads.listExecutors(),
    approvers: () => deps.reads.listApprovers(),
    groups: () => deps.store.listGroups(),
  }
}

function createProvisioning(bind: Bind) {
  return {
    directoryOf: bind(directoryOfSecret),
    overview: bind(listDirectories),
    revoke: bind(revokeDirectory),
    list: bind(resources.listResources),
    read: bind(resources.readResource),
    create: bind(resources.createResource),
    replace: bind(resources.replaceResource),
    patch: bind(resources.patchResource),
    delete: bind(resources.deleteResource),
    recordRefusal: bind(recordScimRefusal),
  }
}

function createStop(bind: Bind, deps: Deps) {
  return {
    preview: bind(previewStop),
    engage: bind(engage),
    active: () => deps.reads.killSwitches(0),
    /** The active ones, newest first, then at most 200 that were released lately. */
    list: () => deps.store.killSwitches(200),
    view: bind(watchKillSwitch),
    streams: bind(connectedExecutors),
    confirm: bind(confirmStop),
    ownStanding: bind(ownStanding),
    revokeToken: bind(revokeToken),
    revokeRequest: bind(revokeRequest),
    revokePresented: bind(revokePresented),
    introspect: bind(introspect),
  }
}

function createNotifications(bind: Bind, deps: Deps) {
  return {
    of: bind(own.readProfile),
    save: bind(own.savePreferences),
    addDevice: bind(own.addDevice),
    removeDevice: bind(own.removeDevice),
    setMail: bind(own.setMail),
    confirmMail: bind(own.confirmMail),
    test: bind(own.testNotifications),
    webhooks: deps.store.webhooks,
    webhookKey: deps.notifyKeys.webhookKey,
    removeWebhook: bind(removeWebhook),
    testWebhooks: bind(testWebhooks),
    deliveries: bind(listDeliveries),
    replay: bind(replayDelivery),
  }
}
