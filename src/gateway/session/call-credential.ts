/** The credential of one call, where its server wants one for each: got before anything is spent, and used once. */
import type { Problem } from '../../client/client.ts'
import { type Headers, NoToken } from '../channel/credential-port.ts'
import type { ConfiguredUpstream } from './gateway-deps.ts'

export interface CallCredential {
  /** Got anew each time that it is asked for; a problem where there is none. */
  readonly get: () => Promise<Problem | undefined>
  /** The one that was got last. */
  readonly take: () => Headers | undefined
}

type Server = Pick<ConfiguredUpstream, 'name' | 'credential'>

export function createCallCredential({ name, credential }: Server, tool: string, signal: AbortSignal): CallCredential {
  let headers: Headers | undefined
  return {
    async get() {
      try {
        headers = await credential?.(tool, signal)
        return undefined
      } catch (error) {
        if (!(error instanceof NoToken)) throw error
        return { code: 'unauthenticated', detail: `The server ${name} was not called: ${error.message}. ${NEXT}` }
      }
    },
    take() {
      const taken = headers
      headers = undefined
      return taken
    },
  }
}

const NEXT = 'Make the same call again later; if it fails again, tell the person who operates the gateway.'
