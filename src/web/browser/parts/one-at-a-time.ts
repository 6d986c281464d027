/** Work that a person starts with a button: one at a time; a click in between does nothing. */

let isBusy = false

export async function oneAtATime(work: () => Promise<void>): Promise<void> {
  if (isBusy) return
  isBusy = true
  await work()
  isBusy = false
}
