/** The file of the third story, its three states, and the one edit that the agent wants. It knows nothing of approvals. */
const hours = (week: string, saturday: string) =>
  `# Opening hours\n\nMonday to Friday: ${week}\nSaturday: ${saturday}\nSunday: closed\n`

export const BEFORE = hours('9 to 17', 'closed')
/** A colleague was here. */
export const MEANWHILE = hours('8 to 16', 'closed')
export const AFTER = hours('8 to 16', '10 to 14')

export const EDIT = { oldText: 'Saturday: closed', newText: 'Saturday: 10 to 14' }

/** The lines of a unified diff that say something: what goes, what comes, and what stands beside it. */
export const linesOf = (diff: string): readonly string[] =>
  diff
    .slice(diff.indexOf('\n@@'))
    .split('\n')
    .filter((line) => /^[ +-]\S/.test(line))
