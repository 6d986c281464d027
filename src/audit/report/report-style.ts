/** The style sheet of a report, for screen and print. */
export const REPORT_STYLE = `
:root { --ink: #1b1a17; --paper: #fbfaf7; --dim: #6a665d; --line: #d9d5ca; --good: #1d6b3a; --bad: #a3241b }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e6de; --paper: #171613; --dim: #a19c90; --line: #3a372f; --good: #6fc48f; --bad: #ef8a80 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }
h1 { margin: 0; font-size: 1.7rem } h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; border-bottom: 1px solid var(--line) }
header p { color: var(--dim) }
.verdict { font-weight: 600; font-size: 1.1rem } header .good { color: var(--good) } header .bad { color: var(--bad) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem }
dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-size: .92rem }
caption { text-align: left; font-weight: 600; padding: .3rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line);
  overflow-wrap: anywhere }
th { color: var(--dim); font-weight: 500 }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0 2rem; align-items: start }
.figures td:last-child { text-align: right; font-variant-numeric: tabular-nums }
.duties td { width: 33% }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); font-size: .8rem; white-space: pre-wrap;
  overflow-wrap: anywhere }
code { color: var(--dim); font-size: .85em }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dt { margin-top: .5rem } }
@media print {
  :root { --ink: #000; --paper: #fff; --dim: #444; --line: #bbb; --good: #000; --bad: #000 }
  body { max-width: none; padding: 0; font-size: 9.5pt }
  h2, caption { break-after: avoid } tr, dl { break-inside: avoid } thead { display: table-header-group }
}
`
