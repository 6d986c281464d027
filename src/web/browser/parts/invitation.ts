/** The form that invites somebody, as the body of the call; or a sentence about what is missing. */
export interface InvitationLink {
  readonly link: string
  readonly expires_at: number
}

interface Invitation {
  readonly name: string
  readonly roles: readonly string[]
}

export function invitationOf(form: HTMLFormElement): Invitation | string {
  const data = new FormData(form)
  const name = String(data.get('name') ?? '').trim()
  const roles = data.getAll('roles').map(String)
  if (!name) return 'Enter a name.'
  return roles.length === 0 ? 'Choose at least one role.' : { name, roles }
}
