/** Control characters, at which programs end or alter a text that others read whole. SPEC 11.1. */

/** Whether a text holds others than tabs and line ends. */
export const holdsControls = (text: string): boolean => /[^\P{Cc}\t\n\r\f]/u.test(text)
