/**
 * A piece of a text that somebody else wrote: plain, hidden, or a word that looks like another. SPEC 3.
 */
export type Piece =
  | { readonly kind: 'plain'; readonly text: string }
  /** Stands for `text`, which must not be shown as it is. `label` is short (`U+200B`), `name` is its Unicode name. */
  | {
      readonly kind: 'hidden'
      readonly text: string
      readonly label: string
      readonly name: string
      readonly alarming: boolean
    }
  /** A word that looks like another. */
  | { readonly kind: 'lookalike'; readonly text: string; readonly name: string; readonly alarming: true }
