/** Counts the values of a text of JSON before it is parsed. Decides nothing about its form. */

/** Whether there are more than `most`: what stands after a comma, and what each list or object begins with. */
export function holdsMoreValues(text: string, most: number): boolean {
  if (text.length <= most) return false
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if ((code === COMMA || code === LIST || code === OBJECT) && ++count > most) return true
  }
  return false
}

/** Where the string that opens here is closed; the end of the text where it is not. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close !== -1; close = text.indexOf('"', close + 1)) {
    let before = close
    while (text.charCodeAt(before - 1) === BACKSLASH) before--
    if ((close - before) % 2 === 0) return close
  }
  return text.length
}

const QUOTE = 0x22
const COMMA = 0x2c
const LIST = 0x5b
const OBJECT = 0x7b
const BACKSLASH = 0x5c
