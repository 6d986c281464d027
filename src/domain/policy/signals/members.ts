/** The names of members as signals compare them. */
import { normalForm } from '../../action/normal-form.ts'

/** No name that a signal looks for is longer. */
const LONGEST = 128

/** `userName` and `USER-NAME` are `user_name`; fullwidth letters are letters. A name that is too long stays as it is. */
export function plainName(name: string): string {
  const drawn = name.replace(/[\p{C}]/gu, '')
  if (drawn.length > LONGEST) return name
  return normalForm(drawn, 'NFKC')
    .replace(/[\p{C}]/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
}
