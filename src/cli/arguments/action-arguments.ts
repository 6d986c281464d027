/** The arguments of an action, as options give them. */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { usage } from '../exit.ts'
import { jsonObject, jsonText } from './json-file.ts'

/** `key=text`, `key:=JSON`, or one JSON object. An argument given twice is refused, since either could be the intended one. */
export function actionArguments(json: string | undefined, pairs: readonly string[]): JsonObject {
  const whole = json === undefined ? {} : jsonObject(jsonText(json, '--args-json'), '--args-json')
  const entries = [...Object.entries(whole), ...pairs.map((pair) => pairOf('--arg', pair))]
  const names = entries.map(([name]) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw usage(`The argument ${twice} is given twice.`)
  return Object.fromEntries(entries)
}

/** `key=text` or `key:=JSON`, given to `option`. */
export function pairOf(option: string, pair: string): [string, JsonValue] {
  const [, name, separator, value = ''] = /^([^=:]+)(:?=)(.*)$/s.exec(pair) ?? []
  if (name === undefined) throw usage(`${option} ${pair}: write it as key=text or key:=JSON.`)
  return [name, separator === ':=' ? jsonText(value, `${option} ${name}`) : value]
}
