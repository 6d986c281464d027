/** Cedar on Node: a call under way survives that V8 gives up the optimised code that made it. */
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { bundled } from '../setup/bundle.ts'

/** Cedar reads `principal` while it is called, and the code that called it ends there. */
const scriptFor = (host: string) => `
import { createCedarHost } from '${host}';
const engine = createCedarHost().engine();
engine.preparsePolicySet('all', { staticPolicies: { p: 'permit (principal, action, resource);' } });
let endsCode = false;
const call = {
  get principal() { if (endsCode) %DeoptimizeFunction(decide); return { type: 'Agent', id: 'a' }; },
  action: { type: 'Action', id: 'x' }, resource: { type: 'Resource', id: 'r' }, context: {}, entities: [], preparsedPolicySetId: 'all',
};
function decide() { return engine.statefulIsAuthorized(call); }
%PrepareFunctionForOptimization(engine.statefulIsAuthorized);
%PrepareFunctionForOptimization(decide);
for (let at = 0; at < 300; at++) decide();
%OptimizeFunctionOnNextCall(decide);
decide();
endsCode = true;
console.log(decide().response.decision);
`

it('a call that outlives its caller’s code answers', async () => {
  const host = await bundled('src/node/cedar-host.ts', 'cedar-host')
  const script = scriptFor(pathToFileURL(host).href)
  const args = ['--allow-natives-syntax', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args).finally(() => rmSync(host))
  expect(stdout.trim()).toBe('allow')
})
