/** Results with which a server does not end a call: it asks for input first, or has made a task of it. */
import type { JsonObject } from '@countersign/verifier'
import { objectIn } from './json-rpc.ts'

/** As the extension of 2026-07-28 has it. */
export const isTask = (result: JsonObject): boolean => result['resultType'] === 'task'

/** The same of 2025-11-25, too. */
export const isUnfinished = (result: JsonObject): boolean =>
  result['resultType'] === 'input_required' || isTask(result) || objectIn(result, 'task')['taskId'] !== undefined
