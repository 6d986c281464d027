/** Merges the self-descriptions of several servers into one. That of a single server stays as it is. */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { TASKS } from '../waiting/task-result.ts'

interface NamedServer {
  readonly name: string
}

/** All have to answer: a client is not told of tools that are missing. */
function resultsOf(outcomes: readonly Outcome[]): readonly JsonObject[] | Outcome {
  const fault = outcomes.find((outcome) => 'error' in outcome)
  return fault ?? outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.result] : []))
}

export function mergeInitialize(outcomes: readonly Outcome[], servers: readonly NamedServer[]): Outcome {
  const [only] = outcomes
  if (outcomes.length === 1 && only) return only
  const results = resultsOf(outcomes)
  if (!isList(results)) return results
  const versions = results.map((result) => textIn(result, 'protocolVersion') ?? '').sort()
  return {
    result: {
      protocolVersion: versions[0] ?? '',
      ...described(results, servers),
      serverInfo: { name: 'countersign', version: '1' },
    },
  }
}

/** The gateway makes tasks of calls that wait, whatever the servers make. */
export function mergeDiscovery(outcomes: readonly Outcome[], servers: readonly NamedServer[]): Outcome {
  const outcome = mergedDiscovery(outcomes, servers)
  if ('error' in outcome) return outcome
  const capabilities = united(objectIn(outcome.result, 'capabilities'), { extensions: { [TASKS]: {} } })
  return { result: { ...outcome.result, capabilities } }
}

function mergedDiscovery(outcomes: readonly Outcome[], servers: readonly NamedServer[]): Outcome {
  const [only] = outcomes
  if (outcomes.length === 1 && only) return only
  const results = resultsOf(outcomes)
  if (!isList(results)) return results
  const lists = results.map(({ supportedVersions }) => (Array.isArray(supportedVersions) ? supportedVersions : []))
  const supportedVersions = (lists[0] ?? []).filter((version) => lists.every((list) => list.includes(version)))
  if (supportedVersions.length === 0)
    return failed(CODES.internal, 'The servers have no version of the protocol in common.')
  return { result: { ...results[0], ...described(results, servers), supportedVersions } }
}

const isList = (results: readonly JsonObject[] | Outcome): results is readonly JsonObject[] => Array.isArray(results)

function described(results: readonly JsonObject[], servers: readonly NamedServer[]): JsonObject {
  const instructions = results.flatMap((result, at) => {
    const text = textIn(result, 'instructions')
    return text === undefined ? [] : [`${servers[at]?.name}: ${text}`]
  })
  return {
    capabilities: results.map((result) => objectIn(result, 'capabilities')).reduce(united, {}),
    ...(instructions.length > 0 ? { instructions: instructions.join('\n\n') } : {}),
  }
}

function united(one: JsonObject, other: JsonObject): JsonObject {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries([...names].map((name) => [name, unitedMember(one[name], other[name])]))
}

function unitedMember(one: JsonValue | undefined, other: JsonValue | undefined): JsonValue {
  if (isJsonObject(one) && isJsonObject(other)) return united(one, other)
  return one === true || other === true ? true : (one ?? other ?? null)
}
