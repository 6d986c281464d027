/** The path to return to after signing in: a path of this origin, whatever the `to` parameter of a URL says. */
export function returnPath(to: string | undefined, origin: string): string {
  // A browser reads a backslash as a slash and drops tabs and line ends, so such a path could leave this origin.
  if (!to?.startsWith('/') || /[\\\p{Cc}]/u.test(to) || !URL.canParse(to, origin)) return '/'
  const url = new URL(to, origin)
  return url.origin === origin && !url.pathname.startsWith('//') ? url.pathname + url.search : '/'
}
