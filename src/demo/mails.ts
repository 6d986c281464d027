/** The mails of the demo's mailbox by number, in memory, and a journal of deletions. It knows nothing of approvals. */
export interface Mail {
  readonly id: number
  readonly from: string
  readonly subject: string
}

/** `at_ms`: epoch milliseconds. */
export interface Deletion {
  readonly id: number
  readonly at_ms: number
}

export interface Mails {
  /** Oldest first. */
  readonly held: () => readonly Mail[]
  /** Deletes one for good; without effect on a deleted one. */
  readonly remove: (id: number) => void
  /** In order. */
  readonly deletions: () => readonly Deletion[]
}

/** Number of mails in the story. */
export const MAILS = 200

const SENDERS = ['ada@example.com', 'ben@example.com', 'cleo@example.com', 'billing@example.net', 'alerts@example.org']
const SUBJECTS = [
  'Signed contract',
  'Minutes of Monday',
  'Invoice',
  'Re: your question',
  'Photographs',
  'Certificate expires soon',
  'Travel papers',
]

/** `count` mails that one would miss, numbered from 1. */
export function createMails(count: number): Mails {
  const held = new Map(Array.from({ length: count }, (_, index) => [index + 1, mailOf(index + 1)]))
  const deletions: Deletion[] = []
  return {
    held: () => [...held.values()],
    remove: (id) => {
      if (held.delete(id)) deletions.push({ id, at_ms: Date.now() })
    },
    deletions: () => [...deletions],
  }
}

function mailOf(id: number): Mail {
  const from = SENDERS[id % SENDERS.length] ?? ''
  return { id, from, subject: `${SUBJECTS[id % SUBJECTS.length]} (${id})` }
}
