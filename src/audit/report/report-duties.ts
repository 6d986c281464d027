/**
 * Duties of the EU AI Act and functions of the NIST AI RMF that a ledger of approvals bears on.
 *
 * Data and short sentences over figures. Claims no compliance: for each duty it says what a log of approvals cannot show.
 * Regulation (EU) 2024/1689, Articles 12 and 14; NIST AI 100-1.
 */
import type { Figures } from './figures.ts'

export interface Duty {
  readonly duty: string
  readonly asks: string
  readonly shown: (figures: Figures, findings: number) => string
  readonly notShown: string
}

const of = (counts: Readonly<Record<string, number>>, name: string): number => counts[name] ?? 0
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

export const DUTIES: readonly Duty[] = [
  {
    duty: 'EU AI Act, Art. 12(1)',
    asks: 'High-risk systems technically allow for the automatic recording of events over their lifetime.',
    shown: ({ entries }, findings) =>
      `${entries} events were recorded in the period, in an append-only log whose root was checked; ${findings} findings.`,
    notShown: 'Events that never reached the authority, and whether the system is a high-risk one.',
  },
  {
    duty: 'EU AI Act, Art. 12(2)(a)',
    asks: 'Records help to identify situations that may present a risk, or a substantial modification.',
    shown: ({ types, outcomes, refusals }) =>
      `${Object.values(refusals).reduce((sum, count) => sum + count, 0)} refusals, ${of(outcomes, 'failed')} failed, ${of(outcomes, 'indeterminate')} unknown and ${of(outcomes, 'missing')} missing outcomes, ${of(types, 'killswitch.engaged')} uses of the kill switch, ${of(types, 'policy.changed')} changes of policy.`,
    notShown: 'Whether anyone looked at them, and risks that leave no such trace.',
  },
  {
    duty: 'EU AI Act, Art. 12(2)(b), (c)',
    asks: 'Records support post-market monitoring and the monitoring of operation by deployers.',
    shown: ({ agents, executors }) =>
      `What ${Object.keys(agents).length} agents asked for and ${Object.keys(executors).length} executors carried out is recorded under one trace each.`,
    notShown: 'That a monitoring plan exists or is followed.',
  },
  {
    duty: 'EU AI Act, Art. 14(1)',
    asks: 'Systems can be effectively overseen by natural persons while they are in use.',
    shown: ({ tokens }) =>
      `${of(tokens, 'human')} tokens rest on signatures of people and ${of(tokens, 'policy')} on a policy alone; each signature that could be checked was.`,
    notShown: 'Whether the oversight was effective: a signature shows consent, not understanding.',
  },
  {
    duty: 'EU AI Act, Art. 14(4)(a), (b)',
    asks: 'Overseers understand the system, and stay aware of the tendency to rely on it too much.',
    shown: ({ medianSecondsToConsent: median, types }) =>
      `Half of the first consents came within ${median ?? '–'} seconds; ${of(types, 'consent.denied')} denials against ${of(types, 'consent.given')} consents.`,
    notShown: 'Training, attention and competence of the people who answered.',
  },
  {
    duty: 'EU AI Act, Art. 14(4)(d), (e)',
    asks: 'Overseers can decide not to use an output, and can interrupt the system.',
    shown: ({ types }) =>
      `${of(types, 'consent.denied')} requests were denied, ${of(types, 'request.withdrawn')} withdrawn or stopped, ${of(types, 'token.revoked')} tokens revoked, ${of(types, 'killswitch.engaged')} kill switches engaged.`,
    notShown: 'Whether effects already under way could be undone.',
  },
  {
    duty: 'NIST AI RMF, GOVERN 2.1, 3.2',
    asks: 'Roles and responsibilities for human oversight are defined and differentiated.',
    shown: ({ approvers, types }) =>
      `${Object.keys(approvers).length} people answered; ${of(types, 'approver.enrolled')} were enrolled and ${of(types, 'approver.removed')} removed, each on record.`,
    notShown: 'Whether the roles fit the organisation.',
  },
  {
    duty: 'NIST AI RMF, MEASURE 2.8, 3.1',
    asks: 'Risks of transparency and accountability are examined, and tracked over time.',
    shown: ({ outcomes }) => `${sum(outcomes)} outcomes were reported or noted as missing.`,
    notShown: 'Whether reports of outcomes are true: they are the executor’s word.',
  },
  {
    duty: 'NIST AI RMF, MANAGE 2.4, 4.1',
    asks: 'Mechanisms exist to supersede, disengage or deactivate systems, and to respond to incidents.',
    shown: ({ types }) =>
      `${of(types, 'killswitch.engaged')} engagements and ${of(types, 'killswitch.released')} releases; ${of(types, 'agent.removed')} agents and ${of(types, 'executor.removed')} executors removed.`,
    notShown: 'How fast an incident was noticed.',
  },
]
