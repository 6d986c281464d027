/**
 * Finds routes of a proxy through which no call can ever go: by the configuration alone, and by the catalogue that is in
 * force for its executor.
 */
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { ProxyRoute } from '../../proxy/proxy-routes.ts'
import { readTarget } from '../../proxy/request-target.ts'

/** Sentences, each about one route. */
export function futileRoutes(routes: readonly ProxyRoute[], hasChallengeKey: boolean): readonly string[] {
  return routes.flatMap((route, at) => [
    ...(route.state && !hasChallengeKey ? [`${nameOf(route)}: ${NO_CHALLENGE}`] : []),
    ...(isPathOfNone(route.path) ? [`${nameOf(route)}: a path of no request; write it in its normal form`] : []),
    ...shadowsOf(route, routes.slice(0, at)),
  ])
}

const NO_CHALLENGE =
  'a state is bound by the proxy’s own challenge alone, so that no call could ever pass; name a challenge_key, or leave "state" out'

const nameOf = ({ methods, path }: Pick<ProxyRoute, 'methods' | 'path'>): string => `${methods.join(', ')} ${path}`

/** Every request has a path in its normal form. */
function isPathOfNone(path: string): boolean {
  try {
    readTarget(path.endsWith('*') ? `${path.slice(0, -1)}a` : path)
    return false
  } catch {
    return true
  }
}

function shadowsOf({ methods, path }: ProxyRoute, before: readonly ProxyRoute[]): readonly string[] {
  return methods.flatMap((method) => {
    const first = before.find((one) => one.methods.includes(method) && covers(one.path, path))
    return first ? [`${method} ${path}: never reached, since ${nameOf(first)} stands before it`] : []
  })
}

const covers = (pattern: string, path: string): boolean =>
  pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))

type Entry = Pick<CatalogueEntry, 'name' | 'state'>

/** Routes whose action nobody can ask about, or whose tokens the proxy would refuse, while this catalogue is in force. */
export const unofferedRoutes = (routes: readonly ProxyRoute[], catalogue: readonly Entry[]): readonly string[] =>
  routes.flatMap((route) => {
    if (route.action === undefined) return []
    const entry = catalogue.find(({ name }) => name === route.action)
    if (!entry)
      return [`${nameOf(route)}: the catalogue of this executor has no ${route.action}. No call passes until it has.`]
    const isUnbound = entry.state === 'required' && !route.state
    return isUnbound ? [`${nameOf(route)}: the catalogue requires a state of ${entry.name}. Add "state": "http".`] : []
  })
