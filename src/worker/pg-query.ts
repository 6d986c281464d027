/**
 * PostgreSQL's parser on Workers, in place of the package that Node loads (`wrangler.toml`): its module comes as
 * wrangler gives it, since Workers compile none. SPEC 11.1.
 */
import createParser from '../../node_modules/libpg-query/wasm/libpg-query.js'
import wasm from '../../node_modules/libpg-query/wasm/libpg-query.wasm'

let parser: PgParser | undefined

export async function loadModule(): Promise<void> {
  parser ??= await createParser({
    instantiateWasm(imports, receive) {
      WebAssembly.instantiate(wasm, imports).then((instance) => receive(instance, wasm))
      return {}
    },
  })
}

/** The parse tree. Throws for what is no SQL. */
export function parseSync(text: string): unknown {
  if (!parser) throw new TypeError('The parser is loaded before it is asked')
  const { _malloc, _free, _wasm_parse_query_raw, _wasm_free_parse_result } = parser
  const size = parser.lengthBytesUTF8(text) + 1
  const given = _malloc(size)
  parser.stringToUTF8(text, given, size)
  const result = _wasm_parse_query_raw(given)
  try {
    return treeOf(parser, result)
  } finally {
    _free(given)
    _wasm_free_parse_result(result)
  }
}

/** A result is a pointer to the tree as text, one to messages and one to an error. */
function treeOf(parsed: PgParser, result: number): unknown {
  const [tree, error] = [parsed.getValue(result, 'i32'), parsed.getValue(result + 8, 'i32')]
  if (result === 0 || tree === 0 || error !== 0) throw new SyntaxError('This is no SQL')
  return JSON.parse(parsed.UTF8ToString(tree))
}
