/** Makes and encodes a text once, however many connections get it. */

const utf8 = new TextEncoder()

export const encode = (text: string): Uint8Array => utf8.encode(text)

/** Remembers what `make` returned for each key. */
export function once<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>()
  return (key) => {
    const before = made.get(key)
    if (before !== undefined) return before
    const value = make(key)
    made.set(key, value)
    return value
  }
}
