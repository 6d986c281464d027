/**
 * The first view of the ledger, and each single filter, in a log of millions, as an auditor's browser asks for it.
 *
 * In: a long log. Out: a figure for each filter: its slowest answer, over values that are common, rare and unknown. Each is
 * asked once before: a log that was just copied is on disk alone.
 * A filter that the page does not offer is asked of `/ledger/entries`, which finds what it finds in the same way.
 */
import { type Bench, type Figure, figure } from './harness.ts'
import { type LongLog, longLog, type Started } from './long-log.ts'
import { AGENTS, APPROVERS, EXECUTORS, NAMES, PRINCIPALS, resourceOf, wordOf } from './stories.ts'

const WARM_UP = 20
const REPEATS = 5

export const ledgerAtScale: Bench = {
  name: 'ledger-page-at-10m',
  about: 'milliseconds of the ledger’s first view and of each filter with 10,000,000 entries, the slowest of each',
  onlyByName: true,
  async run(ground) {
    const log = await longLog(ground)
    const started = await log.start()
    try {
      const view = viewsOf(started)
      for (let n = 0; n < WARM_UP; n++) await view('')
      const figures: Figure[] = []
      for (const [name, queries] of Object.entries(await queriesOf(log)))
        figures.push(await slowest(name, queries, view))
      return figures
    } finally {
      await started.product.stop()
    }
  },
}

async function slowest(name: string, queries: readonly string[], view: View): Promise<Figure> {
  for (const query of queries) await view(query)
  const times: number[] = []
  for (let n = 0; n < REPEATS * queries.length; n++) times.push(await view(queries[n % queries.length] ?? ''))
  const target = { of: 'value', is: '<', limit: name === 'words' ? 300 : 100 } as const
  return figure({ name: `ledger-page ${name}`, value: Math.max(...times), unit: 'ms', target })
}

/** Asks once, and says how many milliseconds it took. */
type View = (query: string) => Promise<number>

function viewsOf({ product, parties }: Started): View {
  const headers = { authorization: `Bearer ${parties.auditorCredential}` }
  return async (query) => {
    const onPage = await timed(() => parties.approver.fetch(`${product.origin}/ledger${query}`, {}))
    // The page says what it looks for; what it does not know it leaves out.
    if (query === '' || onPage.text.includes('aria-label="Active filters"')) return onPage.ms
    return (await timed(() => fetch(`${product.origin}/ledger/entries${query}&limit=26`, { headers }))).ms
  }
}

async function timed(ask: () => Response | Promise<Response>): Promise<{ readonly ms: number; readonly text: string }> {
  const startedAt = performance.now()
  const answer = await ask()
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text}`)
  return { ms: performance.now() - startedAt, text }
}

const HOUR = 3600
const DAY = 24 * HOUR

/** Of each filter: values that are common, rare, and in no entry. */
async function queriesOf({ sql, from, to }: LongLog): Promise<Record<string, readonly string[]>> {
  const [old] = await sql<{ body: string }[]>`
    select body from leaves join entries on id = entry where type = 'token.redeemed' order by index limit 1`
  const { action = '', trace = '' } = JSON.parse(old?.body ?? '{}')
  const by = (member: string, ...values: readonly (string | undefined)[]) =>
    values.map((value = '') => `?${new URLSearchParams({ [member]: value })}`)
  const middle = Math.floor((from + to) / 2)
  const span = (first: number, last: number) => `?${new URLSearchParams({ from: typed(first), to: typed(last) })}`
  return {
    '(first view)': [''],
    agent: by('agent', AGENTS[0], AGENTS[77], 'nobody'),
    principal: by('principal', PRINCIPALS[0], PRINCIPALS[77], 'nobody'),
    approver: by('approver', APPROVERS[0], APPROVERS[7], 'nobody'),
    executor: by('executor', EXECUTORS[0], EXECUTORS[7], 'https://nobody.example'),
    name: by('name', NAMES[0], NAMES[77], 'no.such.action'),
    action: by('action', action, `sha-256:${'A'.repeat(43)}`),
    resource: by('resource', resourceOf(7), resourceOf(77), 'nowhere'),
    outcome: by('outcome', 'succeeded', 'failed', 'aborted'),
    origin: by('origin', 'human', 'policy'),
    type: by('type', 'consent.given', 'agent.added', 'payload.erased'),
    trace: by('trace', trace, '0'.repeat(32)),
    time: [span(from, from + DAY), span(middle, middle + HOUR), span(middle, middle + 2 * DAY), span(to - HOUR, to)],
    text: by('text', AGENTS[77], trace, 'nobody'),
    words: by('words', ...SOUGHT),
    'several of these': [
      `?${new URLSearchParams({ agent: AGENTS[77] ?? '', principal: PRINCIPALS[78] ?? '' })}`,
      `?${new URLSearchParams({ type: 'consent.given', outcome: 'succeeded' })}`,
      `?${new URLSearchParams({ agent: AGENTS[0] ?? '', name: NAMES[0] ?? '', outcome: 'aborted', words: wordOf(3) })}`,
      `?${new URLSearchParams({ agent: AGENTS[77] ?? '', words: wordOf(9000), from: typed(from), to: typed(middle) })}`,
    ],
  }
}

/** Words of many requests and of few, the beginning of thousands of words, several at once, and such as are in none. */
const SOUGHT = [
  wordOf(1),
  wordOf(500),
  wordOf(19_000),
  'w1',
  `${wordOf(2)} ${wordOf(3)} ${wordOf(4)}`,
  `${wordOf(15_000)} ${wordOf(16_000)}`,
  `${wordOf(1)} nothing`,
  'nothing',
]

/** As the page's form writes an instant. */
const typed = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19)
