/** Decisions and problems of a draft as elements. */
import { type Child, element, marked } from './marked-text.ts'

export interface Decision {
  readonly effect: 'allow' | 'approval' | 'deny'
  readonly reason?: string
}

const EFFECTS = { allow: 'allowed', approval: 'asks people', deny: 'denied' } as const

export const wordsOf = ({ effect, reason }: Decision): string =>
  reason === undefined ? `${EFFECTS[effect]}.` : `${EFFECTS[effect]}. ${reason}`

export const factRow = (label: string, value: string): HTMLElement[] => [
  element('dt', label),
  element('dd', ...marked(value)),
]

export const listItem = (...children: readonly Child[]): HTMLElement =>
  element('li', ...children.flatMap((child) => (typeof child === 'string' ? marked(child) : [child])))

export const code = (text: string): HTMLElement => element('code', ...marked(text))
