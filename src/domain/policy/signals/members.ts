/** The names of members as signals compare them. */
/** `userName` and `USER-NAME` are `user_name`; fullwidth letters are letters. */
export const plainName = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/[\p{C}]/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
