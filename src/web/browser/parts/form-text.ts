/** The text of a form's field, without blanks around it. */
export const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '').trim()
