/** The groups of endpoints, in the order in which they are described. */
export const TAGS = {
  agents: { title: 'For agents', subject: 'Propose an action, read its state, collect the token.' },
  executors: { title: 'For executors', subject: 'Redeem a token, report the outcome, follow stops.' },
  approvers: { title: 'For approvers', subject: 'Sign in, enrol, consent and deny. The pages here use these.' },
  stop: {
    title: 'Stopping',
    subject: 'Engage a kill switch, read its effect and its confirmations, revoke. No passkey needed.',
  },
  administration: {
    title: 'Administration',
    subject: 'Change the authority itself. Every change is an approved action.',
  },
  notifications: { title: 'Notifications', subject: 'How each person is notified of waiting requests, and webhooks.' },
  ledger: { title: 'The ledger', subject: 'Search entries, prove them, read the log. For auditors.' },
  discovery: { title: 'Discovery', subject: 'Keys, metadata and health. Open to everyone.' },
} as const
