/** The routes of a proxy: which calls are which action, and which pass without approval. A call of no route is refused. */
import { ApprovalError } from '@countersign/verifier'
import type { RequestHead } from './incoming-head.ts'

export interface ProxyRoute {
  readonly methods: readonly string[]
  /** A path, or the beginning of one and a star for the rest: `/posts/*`. */
  readonly path: string
  /** The action in the executor's catalogue; without it, calls pass unasked. */
  readonly action?: string | undefined
  /** Headers, by name in lower case, that are bound to the approval and sent on. */
  readonly headers: readonly string[]
  /** Binds approvals to what the upstream answers to a GET of the same path. */
  readonly state?: 'http' | undefined
}

/** The first route that fits. Throws `not_found`. */
export function routeOf(routes: readonly ProxyRoute[], { method, path }: RequestHead): ProxyRoute {
  const route = routes.find((one) => one.methods.includes(method) && fits(one.path, path))
  if (route) return route
  throw new ApprovalError('not_found', { message: 'No route of this proxy takes this method and path.' })
}

const fits = (pattern: string, path: string): boolean =>
  pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
