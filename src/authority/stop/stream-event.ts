/**
 * A server-sent event as text. JSON has no line breaks, so its data takes one line.
 *
 * Specification: WHATWG HTML 9.2.
 */
export const eventOf = (name: string, data: object, id?: number): string =>
  `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
