/** Computes a value once for each object. The objects must never change, as a request that was read does not. */
export function onceForEach<Each extends object, T>(of: (one: Each) => T): (one: Each) => T {
  const found = new WeakMap<Each, { readonly value: T }>()
  return (one) => {
    const known = found.get(one)
    if (known) return known.value
    const value = of(one)
    found.set(one, { value })
    return value
  }
}
