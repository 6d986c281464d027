/** Fields of forms: a labelled text input with a hint, and a choice with a hint. */
import type { Child } from 'hono/jsx'

interface TextFieldProps {
  readonly id: string
  readonly label: string
  readonly hint?: string
  readonly value?: string
  readonly maxlength?: number
  readonly required?: boolean
  readonly type?: 'text' | 'email' | 'url'
  readonly autocomplete?: string
  readonly pattern?: string
  /** An id or a URL: no capital letters, no spelling corrections. */
  readonly machine?: boolean
}

export const TextField = ({ id, label, hint, machine = false, autocomplete = 'off', ...input }: TextFieldProps) => (
  <>
    <label for={id}>{label}</label>
    <input
      id={id}
      name={id}
      autocomplete={autocomplete}
      {...(machine ? { autocapitalize: 'none', spellcheck: false } : {})}
      aria-describedby={hint ? `${id}-hint` : undefined}
      {...input}
    />
    {hint ? (
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
    ) : null}
  </>
)

interface ChoiceProps {
  readonly type?: 'checkbox' | 'radio'
  readonly name: string
  readonly value?: string
  readonly label: Child
  readonly hint?: string
  readonly checked: boolean
}

export const ChoiceField = ({ type = 'checkbox', name, value, label, hint, checked }: ChoiceProps) => (
  <label class="check">
    <input type={type} name={name} value={value} checked={checked} />
    <span>
      {label}
      {hint ? <span class="hint">{hint}</span> : null}
    </span>
  </label>
)
