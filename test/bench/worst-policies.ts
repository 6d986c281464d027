/**
 * The worst policies that can be published: as long as they may be, in every shape that reading, preparing and asking
 * are slow for. Each leaves the default policy in force.
 */
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'

/** Of the JSON text, which is what an action may hold. */
const BYTES = 64_000

function filled(policy: (at: number) => string): string {
  let text = DEFAULT_POLICY
  let left = BYTES - JSON.stringify(text).length
  for (let at = 0; ; at++) {
    left -= JSON.stringify(policy(at)).length - 2
    if (left < 0) return text
    text += policy(at)
  }
}

const never = (condition: string) => `forbid(principal,action,resource)when{${condition}};`

export const worstPolicies = (): readonly { readonly name: string; readonly text: string }[] => [
  { name: 'many short policies', text: filled(() => never('1<0')) },
  { name: 'many operators', text: filled(() => never(Array(70).fill('1<0').join('&&'))) },
  { name: 'long lists', text: filled(() => never(`[${Array(1_900).fill('1').join(',')}].contains(2)`)) },
  { name: 'an action each', text: filled((at) => `permit(principal,action==Action::"a${at}",resource);`) },
]
