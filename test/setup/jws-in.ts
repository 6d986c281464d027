/**
 * The JWS in a text, and what could be a part of one: base64url that decodes to the beginning of a JSON object.
 * Three random characters would do to look like one, so that the decoded text is looked at.
 */
export const jwsIn = (text: string): readonly string[] =>
  (text.match(/eyJ[\w-]{12,}/g) ?? []).filter((part) =>
    /^\{"[\w:/.#-]+":/.test(Buffer.from(part, 'base64url').toString('latin1')),
  )
