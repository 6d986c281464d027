/**
 * The headers of every page: what a browser may load, run and disclose.
 *
 * In: nothing. Out: names and values. Strict-Transport-Security is not among them: the proxy that terminates TLS sets it.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  // For installing the page, and for the service worker that shows notifications.
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one policy that may create a script URL: that of the service worker.
  'trusted-types service-worker',
].join('; ')

export const securityHeaders: readonly (readonly [name: string, value: string])[] = [
  ['Content-Security-Policy', policy],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'publickey-credentials-get=(self), publickey-credentials-create=(self)'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
]
