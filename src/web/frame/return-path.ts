/**
 * The path to return to after signing in.
 *
 * In: the `to` parameter of a URL, which anyone may have written. Out: a path of this origin, `/` for anything else.
 */
export function returnPath(to: string | undefined, origin: string): string {
  // A browser reads a backslash as a slash and drops tabs and line ends, so such a path could leave this origin.
  if (!to?.startsWith('/') || /[\\\p{Cc}]/u.test(to) || !URL.canParse(to, origin)) return '/'
  const url = new URL(to, origin)
  return url.origin === origin && !url.pathname.startsWith('//') ? url.pathname + url.search : '/'
}
