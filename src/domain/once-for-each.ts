/** What is made of an object, made once: for those that never change, such as a request as it was read. */
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
