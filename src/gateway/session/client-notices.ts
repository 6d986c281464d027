/** What a client may tell servers: the members that the protocol has for each notification, and nothing beside them. */
import type { JsonObject, JsonValue } from '@countersign/verifier'

const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['notifications/progress', ['progressToken', 'progress', 'total', 'message']],
  [
    'notifications/tasks/status',
    ['taskId', 'status', 'statusMessage', 'createdAt', 'lastUpdatedAt', 'ttl', 'pollInterval'],
  ],
])

const isPlain = (value: JsonValue | undefined): value is JsonValue => value !== undefined && typeof value !== 'object'

export function noticeOf(method: string, params: JsonObject): JsonObject {
  const members = MEMBERS.get(method) ?? []
  return Object.fromEntries(
    members.flatMap((member) => {
      const { [member]: value } = params
      return isPlain(value) ? [[member, value] as const] : []
    }),
  )
}
