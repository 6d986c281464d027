/** What a client says of itself: with `initialize`, or from 2026-07-28 on with each request. */
import type { JsonObject } from '@countersign/verifier'
import type { ClientClaims } from '../gate/tool-call.ts'
import { type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { FIRST_STATELESS } from '../message/protocol.ts'

const ERA = 'io.modelcontextprotocol/'

export function claimsOf(params: JsonObject, initialized?: Outcome): ClientClaims {
  const meta = objectIn(params, '_meta')
  const info = 'clientInfo' in params ? objectIn(params, 'clientInfo') : objectIn(meta, `${ERA}clientInfo`)
  const capabilities =
    'capabilities' in params ? objectIn(params, 'capabilities') : objectIn(meta, `${ERA}clientCapabilities`)
  const result = initialized && 'result' in initialized ? initialized.result : {}
  return {
    protocolVersion: textIn(result, 'protocolVersion') ?? textIn(meta, `${ERA}protocolVersion`) ?? '',
    capabilities,
    info: nameOf(info),
    server: nameOf(objectIn(result, 'serverInfo')),
  }
}

export const isStateless = (params: JsonObject): boolean => claimsOf(params).protocolVersion >= FIRST_STATELESS

const nameOf = (info: JsonObject): string =>
  [textIn(info, 'name') ?? 'unnamed', textIn(info, 'version') ?? ''].join(' ').trim().slice(0, 200)

/** By the name that OpenTelemetry has for it. */
export const modelOf = (params: JsonObject): string | undefined =>
  textIn(objectIn(params, '_meta'), 'gen_ai.request.model')?.slice(0, 200)
