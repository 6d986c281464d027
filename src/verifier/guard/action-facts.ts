/** What an executor says of one of its actions in its catalogue at the authority. SPEC 10.8. */
import type { Digest } from '../data/digest.ts'
import type { JsonObject, JsonValue } from '../data/json.ts'

/** Where an undo takes a value from: the call, what was reported of it, or the catalogue itself. */
export type UndoSource = { readonly call: string } | { readonly outcome: string } | { readonly value: JsonValue }

/** A path: member names joined by dots. */
export type ArgumentFacts = {
  readonly name: string
  readonly label?: string
  /** Shown first and large. */
  readonly key?: boolean
  /** Masked for auditors until they uncover it. */
  readonly sensitive?: boolean
  /** Approvers may change it before they consent: the agent then gets the changed call with its token. */
  readonly changeable?: boolean
}

/** An entry of the catalogue, without its name. */
export type ActionFacts = {
  readonly effect: 'read' | 'write' | 'destructive'
  /** Leave it out where it is not known. */
  readonly reversible?: boolean
  /** A sentence in which `{path}` stands for an argument. */
  readonly title?: string
  /** The sentence in place of the title; a part in brackets is left out where an argument in it is not given. */
  readonly phrase?: string
  /** What it does, in the words of a server behind the executor. */
  readonly description?: string
  /** Digest of all that this server says of it. */
  readonly pin?: Digest
  /** Path of the argument that names what is acted upon. */
  readonly target?: string
  readonly arguments?: readonly ArgumentFacts[]
  /** JSON Schema of the arguments. */
  readonly schema?: JsonObject
  /** Only requests that are bound to a state. */
  readonly state?: 'required'
  /** Where the authority asks for a preview: `answerPreview`. `required`: no request of an agent's own without it. */
  readonly preview?: { readonly url: string; readonly required?: boolean }
  readonly undo?: {
    readonly name: string
    readonly resource?: UndoSource
    readonly arguments: Readonly<Record<string, UndoSource>>
  }
}
