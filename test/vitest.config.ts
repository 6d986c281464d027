/**
 * Four projects: `unit` needs neither PostgreSQL, a browser nor the built command; `pages` are the tests in a browser,
 * which share it; `shared` are tests that leave nothing behind in their process; `whole` has the rest.
 *
 * `npm test` runs all, `npm run test:unit` the first. A new test belongs to `whole` unless it is listed here.
 */
import { defineConfig } from 'vitest/config'

const conditions = ['countersign-source', 'node', 'default']
const source = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
}

/** A busy machine is slow: no test asserts speed, and these ends only stop what waits in vain. */
const patience = { testTimeout: 120_000, hookTimeout: 240_000, expect: { poll: { timeout: 60_000 } } }

const unit = [
  'test/architecture.test.ts',
  'test/audit/{assertion-vectors,audit,batch,changes,report,tampering,witness}.test.ts',
  'test/authority/**/*.test.ts',
  'test/client/{call,waiting}.test.ts',
  'test/docs/{commands,links,settings,specification}.test.ts',
  'test/domain/**/*.test.ts',
  'test/ledger/entry.test.ts',
  'test/node/at-once.test.ts',
  'test/notify/{plan,rules}.test.ts',
  'test/proof/**/*.test.ts',
  'test/store/connection-url.test.ts',
  'test/stop/{feed,status-list,wake-ups}.test.ts',
  'test/verifier/**/*.test.ts',
  'test/web/{fold-similar,line-diff,page-budget,pages,signed-statement,states,stopping-pages}.test.ts',
  'test/worker/bindings.test.ts',
]

const pages = ['test/web/**/*.test.ts', 'test/docs/pages.test.ts']

/** Without those that replace a module or a clock, or measure time or memory, in their process. */
const shared = [
  'test/attacks/!(directory-work).test.ts',
  'test/audit/*.test.ts',
  'test/client/*.test.ts',
  'test/grants/*.test.ts',
  'test/http/!(history|waiting).test.ts',
  'test/ledger/!(export|killed|tail).test.ts',
  'test/notify/*.test.ts',
  'test/people/!(agent-sessions).test.ts',
  'test/policy/!(evaluation).test.ts',
  'test/scim/*.test.ts',
  'test/stop/!(bounds).test.ts',
  'test/store/*.test.ts',
]

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    maxWorkers: 2,
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: unit,
          globalSetup: ['test/setup/assets.ts'],
          ...patience,
          // Pure tests leave nothing behind: one worker runs many files, and loads the sources once.
          isolate: false,
        },
      },
      {
        ...source,
        test: {
          name: 'pages',
          include: pages,
          exclude: unit,
          globalSetup: ['test/setup/assets.ts', 'test/setup/global.ts'],
          ...patience,
          // One worker runs many files: it loads the sources and launches the browser once.
          isolate: false,
        },
      },
      {
        ...source,
        test: {
          name: 'shared',
          include: shared,
          exclude: unit,
          globalSetup: ['test/setup/assets.ts', 'test/setup/global.ts'],
          ...patience,
          // Each test stops its authority: one worker runs many files, and loads the sources once.
          isolate: false,
        },
      },
      {
        ...source,
        test: {
          name: 'whole',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...unit, ...pages, ...shared, '**/node_modules/**'],
          globalSetup: ['test/setup/assets.ts', 'test/setup/global.ts'],
          ...patience,
        },
      },
    ],
  },
})
