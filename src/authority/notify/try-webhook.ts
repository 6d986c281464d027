/**
 * Sends a test delivery to a webhook before an admin is asked to approve it. Any answer shows that the receiver
 * exists, but a chat must accept the message: a program cannot check the `v1` signature before it has the secret. SPEC
 * 10.
 */
import type { Webhook } from '../../domain/identity/parties.ts'
import { refusedTarget } from '../../domain/notify/target.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { postMessage } from './channels/webhook-channel.ts'
import { newDeliveryId, TEST_MESSAGE } from './delivery-log.ts'
import { codeOf, TargetRefused } from './transports.ts'

type TryNeeds = Pick<Deps, 'config' | 'notifyKeys' | 'now' | 'post' | 'randomBytes'>
type Target = Pick<Webhook, 'url' | 'kind'>

/** Refuses: `invalid_request`, in words that say what to mend. */
export async function tryWebhook(deps: TryNeeds, target: Target): Promise<Result<true>> {
  const refused = refusedTarget(target.url, deps.config.privateWebhooks) ?? (await faultOf(deps, target))
  return refused === null ? ok(true) : refuse('invalid_request', `url: ${refused}`)
}

async function faultOf(deps: TryNeeds, target: Target): Promise<string | null> {
  const { config, notifyKeys: keys, now, post } = deps
  const id = newDeliveryId(deps)
  const delivery = { id, message: TEST_MESSAGE, createdAt: now(), webhook: { ...target, id } }
  try {
    const { status } = await postMessage(delivery, { origin: config.origin, keys, post }, now())
    return faultOfStatus(status, target.kind)
  } catch (error) {
    return error instanceof TargetRefused ? error.message : `A test could not be delivered. ${wordsOf(codeOf(error))}`
  }
}

/** A program that cannot check the signature yet. */
const UNSIGNED = [400, 401, 403, 422]

function faultOfStatus(status: number, kind: Webhook['kind']): string | null {
  if (status < 300 || (kind === 'standard' && UNSIGNED.includes(status))) return null
  if (status < 400) return `It answers with a redirect (${status}), which is not followed. Give the final URL.`
  return `It answered a test with status ${status}. Check the path, and that the receiver is running.`
}

function wordsOf(code: string): string {
  if (['ENOTFOUND', 'EAI_AGAIN', 'ENODATA'].includes(code)) return 'Its host name is not known. Check the spelling.'
  if (code === 'ECONNREFUSED') return 'Nothing listens at this address. Start the receiver first.'
  if (['ABORT_ERR', 'TimeoutError', 'ETIMEDOUT'].includes(code)) return 'It did not answer within ten seconds.'
  if (/CERT|SSL|TLS|SELF_SIGNED|VERIFY/.test(code)) return `Its certificate is not accepted (${code}).`
  return `It could not be reached (${code}).`
}
