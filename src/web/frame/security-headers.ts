/**
 * The headers every page is sent with: what a browser may load, run and tell others, which is next to nothing.
 *
 * In: nothing. Out: a list that `http/` shares for its problem documents.
 * Strict-Transport-Security is not here: whoever ends TLS sets it. Specification:
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  // The page can be installed, and rings by a service worker: nothing else runs as a worker.
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // One policy, which gives out the address of that worker and no other.
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
