/** The file of the third story, its three states, and the one edit that the agent wants. It knows nothing of approvals. */
const hours = (week: string, saturday: string) =>
  `# Opening hours\n\nMonday to Friday: ${week}\nSaturday: ${saturday}\nSunday: closed\n`

export const BEFORE = hours('9 to 17', 'closed')
/** A colleague was here. */
export const MEANWHILE = hours('8 to 16', 'closed')
export const AFTER = hours('8 to 16', '10 to 14')

export const EDIT = { oldText: 'Saturday: closed', newText: 'Saturday: 10 to 14' }

/** The lines of an edit in one place that say something: what goes, what comes, and what stands beside it. */
export function linesOf({ before, after }: { readonly before: string; readonly after: string }): readonly string[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')]
  const gone = old.filter((line) => !fresh.includes(line))
  const at = old.findIndex((line) => !fresh.includes(line))
  const shown = fresh.map((line) => (old.includes(line) ? ` ${line}` : `+${line}`))
  return [...shown.slice(0, at), ...gone.map((line) => `-${line}`), ...shown.slice(at)].filter((line) => line !== ' ')
}
