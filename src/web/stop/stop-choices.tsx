/**
 * The ways to say what is to be stopped: a kind, and a name out of those known, found by typing.
 *
 * In: the choice so far, and known names. Out: fields of the form. A name that is not listed can be typed all the same.
 */
import type { Choice, Kind } from './stop-choice.ts'

/** A name, and what to call it beside. */
export type KnownName = readonly [name: string, title: string]

export interface Known {
  readonly agent: readonly KnownName[]
  readonly executor: readonly KnownName[]
  readonly action: readonly KnownName[]
  readonly principal: readonly KnownName[]
  readonly request: readonly KnownName[]
}

interface ChoicesProps {
  readonly choice: Choice
  readonly known: Known
}

export const Choices = ({ choice, known }: ChoicesProps) => (
  <fieldset class="card choices">
    <legend>What to stop</legend>
    <Way kind="everything" title="Everything" hint="every agent, every executor" choice={choice} />
    <Way kind="agent" title="An agent" hint="wherever it stands in a chain" choice={choice}>
      <Which kind="agent" label="Which agent" choice={choice} names={known.agent} />
    </Way>
    <Way kind="executor" title="An executor" hint="all that is done there" choice={choice}>
      <Which kind="executor" label="Which executor" choice={choice} names={known.executor} />
    </Way>
    <Way kind="action" title="An action" hint="by name, or all that begin alike" choice={choice}>
      <Which kind="action" label="Which action; forum.* for all of them" choice={choice} names={known.action} />
    </Way>
    <Way kind="principal" title="What is done for somebody" hint="a person or a service" choice={choice}>
      <Which kind="principal" label="For whom" choice={choice} names={known.principal} />
    </Way>
    <Way kind="request" title="One request" hint="or all of one trace" choice={choice}>
      <Which kind="request" label="Id of the request or the trace" choice={choice} names={known.request} />
    </Way>
  </fieldset>
)

interface WayProps {
  readonly kind: Kind
  readonly title: string
  readonly hint: string
  readonly choice: Choice
  readonly children?: unknown
}

const Way = ({ kind, title, hint, choice, children }: WayProps) => (
  <div class="way">
    <label class="check">
      <input type="radio" name="what" value={kind} checked={choice.kind === kind} />
      <span>
        <b>{title}</b>
        <span class="hint">{hint}</span>
      </span>
    </label>
    {children}
  </div>
)

interface WhichProps {
  readonly kind: Exclude<Kind, 'everything'>
  readonly label: string
  readonly choice: Choice
  readonly names: readonly KnownName[]
}

const Which = ({ kind, label, choice, names }: WhichProps) => (
  <div class="which">
    <label for={`which-${kind}`}>{label}</label>
    <input
      id={`which-${kind}`}
      name={kind}
      list={`known-${kind}`}
      value={choice.values[kind]}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
      maxlength={256}
    />
    <datalist id={`known-${kind}`}>
      {names.map(([name, title]) => (
        <option value={name}>{title}</option>
      ))}
    </datalist>
  </div>
)
