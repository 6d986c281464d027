/** Text from elsewhere as elements: hidden and lookalike characters are marked. No text becomes markup. */
import { revealHidden } from '../../../domain/action/hidden-characters.ts'

export type Child = Node | string

/** Each hidden character by its name, each lookalike word marked. */
export function marked(text: string): Child[] {
  const isolated = element('bdi', ...revealHidden(text).map(pieceOf))
  return [isolated]
}

function pieceOf(piece: ReturnType<typeof revealHidden>[number]): Child {
  if (piece.kind === 'plain') return piece.text.replaceAll('\n', '↵ ')
  const mark = element('mark', piece.kind === 'lookalike' ? piece.text : piece.label)
  mark.className = piece.kind === 'lookalike' ? 'lookalike' : 'hidden-char alarming'
  mark.title = piece.name
  return mark
}

export function element(name: string, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name)
  made.append(...children)
  return made
}
