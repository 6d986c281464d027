/** A server-sent event as text. JSON has no line breaks, so its data takes one line. WHATWG HTML 9.2. */
/** `id`: the place to go on from after this event, where there is one. */
export const eventText = (name: string, data: object, id?: number): string =>
  `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
