/** Decodes the parts of one text after another as UTF-8; of a text that is none, what can be read of it. */
export interface Utf8 {
  readonly decode: (part: Uint8Array) => string
  /** The text is whole: the rest of it, and whether all of it was UTF-8. */
  readonly end: () => { readonly rest: string; readonly isValid: boolean }
}

export function createUtf8(): Utf8 {
  let strict = createStrict()
  const lossy = new TextDecoder()
  let isValid = true

  function read(part?: Uint8Array): string {
    const options = { stream: part !== undefined }
    try {
      if (isValid) return strict.decode(part, options)
    } catch {
      isValid = false
    }
    return lossy.decode(part, options)
  }

  return {
    decode: read,
    end() {
      const ended = { rest: read(), isValid }
      // One that has failed may hold a part of what it could not read.
      if (!isValid) strict = createStrict()
      isValid = true
      return ended
    },
  }
}

const createStrict = () => new TextDecoder('utf-8', { fatal: true })
