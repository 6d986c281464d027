/** The first version of MCP. */
export const FIRST_VERSION = '2024-11-05'

/** The first version of MCP in which each request stands by itself, and says of its client what `initialize` said before. */
export const FIRST_STATELESS = '2026-07-28'
