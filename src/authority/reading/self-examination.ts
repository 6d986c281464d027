/**
 * The authority's report about itself for its operator: the log's head, pending work, deliveries, keys, people who can
 * decide.
 */
import { portions, TEXTS_AT_ONCE } from '../../domain/ledger/portions.ts'
import { CHANNEL_NAMES, type Channel } from '../../domain/notify/channels.ts'
import type { Delivery } from '../../domain/notify/delivery.ts'
import type { Store } from '../../store/contract/store.ts'
import type { Deps } from '../deps.ts'
import { checkLog } from '../log/check-log.ts'
import { unfillableAmong } from '../requests/unfillable.ts'
import { examineGroups } from './examine-groups.ts'

/** `well` false: to be mended, as the words say. */
export interface Observation {
  readonly subject: string
  readonly well: boolean
  readonly words: string
}

type Needs = Pick<Deps, 'breakGlass' | 'config' | 'findings' | 'logKey' | 'now' | 'rootKeys'> & {
  readonly store: Store
}

const MAX_LAG_SECONDS = 60
const RECENT = 200

export async function examineSelf(deps: Needs): Promise<readonly Observation[]> {
  const [log, witnesses, deliveries, waiting, texts, groups, admins] = await Promise.all([
    examineLog(deps),
    examineWitnesses(deps),
    deps.store.listDeliveries({ recipient: null, limit: RECENT }),
    examineWaiting(deps),
    examineTexts(deps),
    examineGroups(deps.store),
    examineAdmins(deps),
  ])
  return [
    ...log,
    examineConfiguration(deps),
    ...examineBreakGlass(deps),
    ...witnesses,
    ...CHANNEL_NAMES.flatMap((channel) => examineChannel(channel, deliveries)),
    waiting,
    texts,
    groups,
    admins,
  ]
}

function examineConfiguration({ findings, rootKeys }: Needs): Observation {
  const subject = 'configuration'
  const [first, ...more] = findings()
  if (first) {
    const others = more.length > 0 ? ` and ${more.length} more` : ''
    const words = `The database holds a row that nobody consented to: ${first.kind} ${first.id}${others}. It is refused. Somebody has written to the database.`
    return { subject, well: false, words }
  }
  if (rootKeys.isPinned()) return { subject, well: true, words: 'Every row has the consent that made it so.' }
  const words = `The first admin’s key comes from the database itself. Set COUNTERSIGN_ROOT_KEY to ${rootKeys.pinned()[0]}, once that admin has compared it.`
  return { subject, well: false, words }
}

const examineBreakGlass = ({ breakGlass }: Needs): readonly Observation[] =>
  breakGlass.unacknowledged().map(({ id, letIn }) => ({
    subject: 'break-glass',
    well: false,
    words: `${id} was opened on the host and ${letIn === null ? 'let nobody in' : `made ${letIn} an admin`}. An admin whom it did not let in acknowledges it, on any page.`,
  }))

async function examineLog({ store, logKey, now }: Needs): Promise<readonly Observation[]> {
  const { unproved, unprovedForSeconds } = await store.backlog(now())
  const lag =
    unprovedForSeconds <= MAX_LAG_SECONDS
      ? { subject: 'log', well: true, words: `It keeps up: ${unproved} entries wait for their proof.` }
      : {
          subject: 'log',
          well: false,
          words: `${unproved} entries wait for their proof, the oldest for ${unprovedForSeconds} s. Look for log.failed in the log of the process.`,
        }
  const head = await checkLog(store, logKey).then(
    () => ({ subject: 'head of the log', well: true, words: 'Tree, entries and checkpoint agree.' }),
    (error) => ({ subject: 'head of the log', well: false, words: error instanceof Error ? error.message : '' }),
  )
  return [lag, head]
}

/** The cosigned checkpoint follows the published one, once a witness has answered. */
async function examineWitnesses({ config, store }: Needs): Promise<readonly Observation[]> {
  if (config.witnesses.length === 0) return []
  const checkpoints = await store.checkpoints()
  const [published, cosigned] = [checkpoints.get('published'), checkpoints.get('cosigned')]
  const behind = (published?.size ?? 0) - (cosigned?.size ?? 0)
  if (behind <= RECENT) return [{ subject: 'witnesses', well: true, words: 'They cosign what is published.' }]
  return [
    {
      subject: 'witnesses',
      well: false,
      words: `They are ${behind} entries behind. Look for witness.missed in the log of the process.`,
    },
  ]
}

/** By its latest delivery that ended: an older failure may have been mended. */
function examineChannel(channel: Channel, deliveries: readonly Delivery[]): readonly Observation[] {
  const last = deliveries.find((one) => one.channel === channel && one.state !== 'waiting')
  const retried = deliveries.find((one) => one.channel === channel && one.state === 'waiting' && one.attempts > 1)
  const bad = last?.state === 'failed' ? last : retried
  if (bad) {
    const words = `The latest delivery failed: ${bad.problem ?? 'no answer'} See countersign webhook list, or /notifications.`
    return [{ subject: `${channel} deliveries`, well: false, words }]
  }
  return last ? [{ subject: `${channel} deliveries`, well: true, words: 'The latest one arrived.' }] : []
}

/** The latest requests that wait, and which of them nobody can fill as people, groups and absences are now. */
async function examineWaiting(deps: Needs): Promise<Observation> {
  const subject = 'waiting requests'
  const page = { filter: { state: 'pending' }, scope: {}, now: deps.now(), after: null, limit: RECENT } as const
  const { requests } = await deps.store.listRequests(page)
  const stuck = await unfillableAmong(deps, requests)
  const [first] = stuck
  if (!first)
    return { subject, well: true, words: `People can answer each of the latest ${requests.length} that wait.` }
  const next =
    'Put people into the group (countersign group edit), end an absence (countersign people end-absence), or revoke the request.'
  return {
    subject,
    well: false,
    words: `${stuck.size} wait that nobody can fill, such as ${first[0]}: ${first[1]} ${next}`,
  }
}

/** The texts of the latest requests, whole. */
async function examineTexts({ store, now }: Needs): Promise<Observation> {
  const subject = 'texts'
  const { requests } = await store.listRequests({ filter: {}, scope: {}, now: now(), after: null, limit: RECENT })
  const ids = requests.map(({ id }) => id)
  const altered = []
  for (const some of portions(ids, () => 1, TEXTS_AT_ONCE)) {
    const whole = await store.requestsById(some)
    altered.push(...whole.filter((request) => request?.altered))
  }
  const [first] = altered
  if (!first)
    return { subject, well: true, words: `The latest ${requests.length} requests and their texts are as recorded.` }
  return {
    subject,
    well: false,
    words: `${altered.length} of the latest ${requests.length} requests were changed in the database, or have texts that were changed or deleted there, such as ${first.id}. What was changed is not shown, and nobody can approve them. Somebody has written to the database.`,
  }
}

async function examineAdmins({ store }: Needs): Promise<Observation> {
  const people = await store.listApprovers()
  const admins = people.filter(({ roles }) => roles.includes('admin'))
  const subject = 'admins'
  if (admins.length === 0) {
    return { subject, well: false, words: 'There is none. Open the link that the start prints, and enrol.' }
  }
  const keys = admins.flatMap(({ passkeys }) => passkeys).filter(({ revokedAt }) => revokedAt === null)
  if (keys.length > 1) return { subject, well: true, words: `${admins.length} with ${keys.length} passkeys.` }
  return {
    subject,
    well: false,
    words: 'One passkey alone can change the authority, and nothing replaces it. Add a second passkey, or an admin.',
  }
}
