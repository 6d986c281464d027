/** Adding an agent, and editing one: approved changes. `browser/parts/agent-draft.ts` reads the fields. */
import { namesAmong } from '../../domain/identity/display-names.ts'
import type { Agent, Approver, Executor } from '../../domain/identity/parties.ts'
import { ChangeForm } from '../parts/change-dialog.tsx'
import { ChoiceField, TextField } from '../parts/form-fields.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { ExpiryField } from './executor-forms.tsx'

interface Choices {
  readonly people: readonly Approver[]
  /** Without the authority itself, which agents cannot ask. */
  readonly executors: readonly Executor[]
}

type Members = Pick<Agent, 'principals' | 'executors' | 'groups' | 'runBy'>

export const AddAgent = ({ me, ...choices }: Choices & { readonly me: string | undefined }) => (
  <ChangeForm change="agent" title="Add an agent" button="Add…">
    <TextField
      id="id"
      label="Name"
      machine
      maxlength={64}
      pattern="[a-z0-9][a-z0-9._\-]*"
      required
      hint="Lower-case letters, digits, dot, underscore, hyphen: helpdesk-agent"
    />
    <AgentFields {...choices} now={{ principals: me ? [me] : [], executors: [], groups: [], runBy: null }} />
    <ExpiryField id="days" />
  </ChangeForm>
)

export const EditAgent = ({ agent, ...choices }: Choices & { readonly agent: Agent }) => (
  <ChangeForm change="agent-edit" title="Edit" button="Change…">
    <input type="hidden" name="id" value={agent.id} />
    <input type="hidden" name="version" value={String(agent.version)} />
    <AgentFields {...choices} now={agent} />
  </ChangeForm>
)

const AgentFields = ({ people, executors, now }: Choices & { readonly now: Members }) => {
  const present = people.filter(({ removedAt }) => removedAt === null)
  const nameOf = namesAmong(people)
  const services = now.principals.filter((id) => !present.some((person) => person.id === id))
  const elsewhere = now.executors.filter((audience) => !executors.some((known) => known.audience === audience))
  return (
    <>
      <fieldset>
        <legend>People it may act for</legend>
        {present.map(({ id }) => (
          <ChoiceField
            name="people"
            value={id}
            label={<UntrustedText text={nameOf(id)} />}
            checked={now.principals.includes(id)}
          />
        ))}
      </fieldset>
      <ListField id="principals" label="Services it may act for" value={services} hint="Their names" />
      <fieldset>
        <legend>Executors it may ask</legend>
        {executors.map(({ audience, title }) => (
          <ChoiceField
            name="executors"
            value={audience}
            label={<UntrustedText text={title} limit={100} />}
            hint={audience}
            checked={now.executors.includes(audience)}
          />
        ))}
      </fieldset>
      <ListField id="audiences" label="Executors not yet registered" value={elsewhere} hint="Their URIs" />
      <ListField id="groups" label="Groups" value={now.groups} hint="Policies know it by these" />
      <label for="run_by">Run by</label>
      <select id="run_by" name="run_by">
        <option value="">nobody in particular</option>
        {present.map(({ id }) => (
          <option value={id} selected={id === now.runBy}>
            {nameOf(id)}
          </option>
        ))}
      </select>
    </>
  )
}

const ListField = (field: { id: string; label: string; value: readonly string[]; hint: string }) => (
  <TextField {...field} value={field.value.join(', ')} machine hint={`${field.hint}, separated by commas`} />
)
