/** Registering an executor, and editing one: approved changes. `browser/parts/executor-draft.ts` reads the fields. */
import type { Executor } from '../../domain/identity/parties.ts'
import { ChangeForm } from '../parts/change-dialog.tsx'
import { TextField } from '../parts/form-fields.tsx'

const EXAMPLE = [
  {
    name: 'forum.post',
    effect: 'write',
    reversible: true,
    title: 'Publish a reply in {board}, thread {thread}',
    schema: { type: 'object', required: ['board', 'thread', 'text'] },
  },
  { name: 'forum.delete', effect: 'destructive', reversible: false, title: 'Delete thread {thread}' },
]

const jsonOf = (value: unknown): string => JSON.stringify(value, null, 2)

export const AddExecutor = () => (
  <ChangeForm change="executor" title="Register an executor" button="Register…">
    <TextField
      id="audience"
      label="URI"
      type="url"
      machine
      maxlength={256}
      required
      hint="Its public URL, such as https://forum.example. Tokens are made out to it"
    />
    <TextField id="title" label="Title" maxlength={100} required hint="Approvers read it: The forum" />
    <CatalogueField id="catalogue" value={jsonOf(EXAMPLE)} hint="An example stands here: write your own actions." />
    <ExpiryField id="executor-days" />
  </ChangeForm>
)

export const EditExecutor = ({ executor: { audience, title, catalogue, version } }: { executor: Executor }) => (
  <ChangeForm change="executor-edit" title="Edit" button="Change…">
    <input type="hidden" name="audience" value={audience} />
    <input type="hidden" name="version" value={String(version)} />
    <TextField id="title" label="Title" maxlength={100} value={title} required />
    <CatalogueField id="catalogue" value={jsonOf(catalogue)} hint="What is taken out, policy refuses from then on." />
  </ChangeForm>
)

const CatalogueField = ({ id, value, hint }: { id: string; value: string; hint: string }) => (
  <>
    <label for={id}>Catalogue of actions, as JSON</label>
    <textarea id={id} name="catalogue" class="mono" rows={14} spellcheck={false} aria-describedby={`${id}-hint`}>
      {value}
    </textarea>
    <p id={`${id}-hint`} class="hint">
      Each has a name, an effect (read, write or destructive), whether it is reversible, and a sentence in which{' '}
      {'{member}'} stands for an argument. With a schema of its arguments, what does not fit is refused before anybody
      sees it; <a href="/docs/integrate#register">phrase, undo and preview</a> are explained in the guide. An action of
      effect read asks nobody. {hint}
    </p>
  </>
)

export const ExpiryField = ({ id }: { id: string }) => (
  <>
    <label for={id}>Credential expires after</label>
    <select id={id} name="days">
      <option value="30">30 days</option>
      <option value="90" selected>
        90 days
      </option>
      <option value="365">a year</option>
    </select>
  </>
)
