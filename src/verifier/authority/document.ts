/**
 * A document of the authority that is kept for a while: the key set, the approvers' keys.
 *
 * Keeps no document beyond its age: when it cannot be loaded again the error goes to the caller. SPEC 3, 7.
 */

/** A document that loads itself when it is missing or too old. */
export type CachedDocument<T> = {
  /** The document: at once where it is at hand, else loaded. Rejects as loading does. */
  readonly get: () => T | Promise<T>
  /** The document, loaded anew unless it was asked for within the cooldown: for ids that are not in it yet. */
  readonly renew: () => T | Promise<T>
}

export type CachedDocumentOptions<T> = {
  readonly load: () => Promise<T>
  readonly now: () => number
  readonly maxAgeSeconds: number
  /** Unknown ids are free to invent: they cause at most one request in this time. */
  readonly cooldownSeconds: number
}

/** Makes a `CachedDocument`. Callers that come at once share one request. */
export function cacheDocument<T>(options: CachedDocumentOptions<T>): CachedDocument<T> {
  let current: { readonly value: T; readonly loadedAt: number } | undefined
  let loading: Promise<T> | undefined

  const load = async (): Promise<T> => {
    const loadedAt = options.now()
    const value = await options.load()
    current = { value, loadedAt }
    return value
  }
  const loadOnce = (): Promise<T> => {
    loading ??= load().finally(() => {
      loading = undefined
    })
    return loading
  }
  const younger = (ageSeconds: number): T | Promise<T> =>
    current !== undefined && options.now() - current.loadedAt < ageSeconds ? current.value : loadOnce()

  return {
    get: () => younger(options.maxAgeSeconds),
    renew: () => younger(options.cooldownSeconds),
  }
}

/** A document that was given once and never changes. */
export function fixedDocument<T>(value: Promise<T>): CachedDocument<T> {
  // Callers see the rejection; until then it must not count as unhandled.
  value.catch(() => {})
  return { get: () => value, renew: () => value }
}
