/**
 * Whether another database could read a text otherwise than PostgreSQL does: what is a comment or a string to the one
 * can be a statement to the other. A text of an unknown dialect counts as read only where all agree. SPEC 11.1.
 */

/** Strings and comments that every dialect reads alike where no backslash stands in them. */
const AGREED = /'(?:[^'\\]|'')*'|"(?:[^"\\]|"")*"|--(?=[\s]|$)[^\n\r]*|\/\*(?![!])(?:[^*/]|\*(?!\/)|\/(?!\*))*\*\//gu

/** What is left then: escapes, quotes of one dialect, comments of one dialect, nested or unended comments. */
const DISPUTED = /[\\`#[\]'"]|--|\/\*|\*\/|\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/u

/** Linear in the length of the text. */
export const isReadAlike = (text: string): boolean => !DISPUTED.test(text.replace(AGREED, ' '))

/** PostgreSQL's own scanner takes time that grows with the square of nested comments. */
export const nestsComments = (text: string): boolean => /\/\*(?:[^*/]|\*(?!\/)|\/(?!\*))*\/\*/u.test(text)
