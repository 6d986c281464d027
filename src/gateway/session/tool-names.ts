/**
 * The names of tools and prompts as the client sees them: with several servers, each name has the server's as a
 * prefix.
 */

export interface Named {
  readonly upstream: string
  readonly name: string
}

export interface Naming {
  readonly toClient: (named: Named) => string
  /** Undefined for a name of no server. */
  readonly fromClient: (name: string) => Named | undefined
}

const SEPARATOR = '__'

/** One server keeps its names. The names of servers hold no underscore, so the first separator ends one. */
export function createNaming(upstreams: readonly string[]): Naming {
  const [only, ...others] = upstreams
  if (only !== undefined && others.length === 0)
    return { toClient: ({ name }) => name, fromClient: (name) => ({ upstream: only, name }) }
  return {
    toClient: ({ upstream, name }) => `${upstream}${SEPARATOR}${name}`,
    fromClient(name) {
      const at = name.indexOf(SEPARATOR)
      const upstream = name.slice(0, at)
      if (at < 0 || !upstreams.includes(upstream)) return undefined
      return { upstream, name: name.slice(at + SEPARATOR.length) }
    },
  }
}
