/** Grants to everyone: names, addresses and principals that mean all, in members that say to whom something is opened. SPEC 11.1. */
import type { JsonValue } from '@countersign/verifier'
import { normalForm } from '../../action/normal-form.ts'

/** Values that mean everyone wherever they stand. */
const ALWAYS =
  /^(?:allusers|allauthenticatedusers|all-users|all_users|public-read|public-read-write|authenticated-read|anyone(?:withlink|_with_link)?|everyone|0\.0\.0\.0\/0|0\.0\.0\.0|::\/0|system:(?:anonymous|unauthenticated|authenticated)|http:\/\/acs\.amazonaws\.com\/groups\/global\/\w{1,100})$/
/** Values that do only where somebody is meant. */
const SOMEBODY =
  /^(?:\*|public|all|any|anybody|anonymous|guest|guests|world|internet|\*@\*|\*:\*|@everyone|@all|@channel|@here)$/
const TO_WHOM =
  /^(?:principals?|aws|federated|canonicaluser|members?|grantees?|users?|groups?|roles?|subjects?|audiences?|visibility|access|acl|share(?:d)?_?with|sharing|shared_?to|permissions?|scopes?|cidr(?:_?ip)?s?|cidr_?blocks?|source_?ranges?|allow(?:ed)?_?(?:from|origins?|ips?|hosts?|users?)?|who|to|viewers?|readers?|editors?|writers?|owners?|default_?access|link_?access|entity|grant_?to|invitees?)$/
const ADDRESSES = /(?:cidr|source_?ranges?|ingress|ip|origin)/

/** No longer text is one of these, whatever stands invisibly in it. */
const LONGEST = 200
/** Told without a copy of the text: letters, digits and signs stay when it is made plain. */
const isLong = (text: string): boolean => /^(?:[^!-~]*[!-~]){200}/.test(text)

/** `member`: the nearest member name, lower case. */
export function opensToEveryone(member: string, value: JsonValue): boolean {
  if (value === true)
    return /^(?:(?:is_?)?public|public_?(?:access|read|write)?|allow_?(?:unauthenticated|anonymous|public_?access|all)|publicly_?accessible|anonymous_?access)$/.test(
      member,
    )
  if (typeof value !== 'string' || isLong(value)) return false
  const drawn = value.replace(/[\s\p{C}]/gu, '')
  if (drawn.length > LONGEST) return false
  const plain = normalForm(drawn, 'NFKC')
    .replace(/[\s\p{C}]/gu, '')
    .toLowerCase()
    .replace(/^(?:user|group|domain|principal|serviceaccount):(?=\*|all)/, '')
  if (/^0\.0\.0\.0$/.test(plain)) return ADDRESSES.test(member)
  return ALWAYS.test(plain)
    ? plain !== 'everyone' || TO_WHOM.test(member)
    : TO_WHOM.test(member) && SOMEBODY.test(plain)
}
