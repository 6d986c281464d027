/**
 * Downloading an export with progress and a way to cancel; without this script it is a plain link. The file is written
 * as it arrives where the browser can, else at the end. The total is the server's estimate and not always known.
 */
import { find, say } from '../parts/dom.ts'

/** Takes the bytes. Aborting leaves nothing behind. */
interface Sink {
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>
  readonly close: () => Promise<void>
  readonly abort: () => Promise<void>
}

const SHOW_EVERY_MS = 200
const FORGET_AFTER_MS = 60_000
const LINE_END = 10
const number = new Intl.NumberFormat('en')

export function exportWithProgress(section: HTMLElement): void {
  const panel = find(section, '[data-exporting]', HTMLElement)
  let stopping: AbortController | undefined
  find(panel, '[data-cancel]', HTMLButtonElement).addEventListener('click', () => stopping?.abort())

  async function save(link: HTMLAnchorElement): Promise<string> {
    const sink = await openSink(link.download)
    if (!sink) return ''
    stopping = new AbortController()
    panel.hidden = false
    let rows = 0
    try {
      rows = await copy(link, sink, stopping.signal)
    } catch {
      await sink.abort()
      return stopping.signal.aborted ? 'Cancelled. Nothing was saved.' : FAILED
    }
    await sink.close()
    return `${number.format(rows)} ${rows === 1 ? 'entry' : 'entries'} saved as ${link.download}.`
  }

  async function copy(link: HTMLAnchorElement, sink: Sink, signal: AbortSignal): Promise<number> {
    const response = await fetch(link.href, { signal })
    const reader = response.ok ? response.body?.getReader() : undefined
    if (!reader) throw new Error('The export was refused')
    const total = Number(response.headers.get('Countersign-Entries') ?? Number.NaN)
    // The first line of CSV names the columns.
    let [lines, shownAt] = [link.href.includes('format=csv') ? -1 : 0, 0]
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      lines += linesIn(part.value)
      await sink.write(new Uint8Array(part.value))
      if (performance.now() - shownAt < SHOW_EVERY_MS) continue
      shownAt = performance.now()
      show(Math.max(0, lines), total)
    }
    return Math.max(0, lines)
  }

  function show(rows: number, total: number): void {
    const progress = find(panel, 'progress', HTMLProgressElement)
    if (Number.isNaN(total)) progress.removeAttribute('value')
    else [progress.max, progress.value] = [Math.max(total, rows, 1), rows]
    const of = Number.isNaN(total) ? 'so far' : `of about ${number.format(total)}`
    find(panel, '[data-rows]', HTMLElement).textContent = `${number.format(rows)} ${of}`
  }

  for (const link of section.querySelectorAll<HTMLAnchorElement>('a[data-export]')) {
    link.addEventListener('click', async (event) => {
      event.preventDefault()
      if (!panel.hidden) return
      say(section, '')
      show(0, Number.NaN)
      const end = await save(link)
      panel.hidden = true
      say(section, end, end === FAILED ? 'bad' : 'plain')
    })
  }
}

const FAILED = 'The export failed and nothing was saved. Check your connection and whether you are signed in.'

function linesIn(bytes: Uint8Array): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines++
  return lines
}

type Picker = (options: { readonly suggestedName: string }) => Promise<{ createWritable: () => Promise<Sink> }>

/** Undefined when the person cancelled the file dialog. */
async function openSink(name: string): Promise<Sink | undefined> {
  const pick: Picker | undefined = Reflect.get(window, 'showSaveFilePicker')
  if (!pick) return sinkInMemory(name)
  try {
    return await (await pick.call(window, { suggestedName: name })).createWritable()
  } catch (error) {
    return error instanceof DOMException && error.name === 'AbortError' ? undefined : sinkInMemory(name)
  }
}

function sinkInMemory(name: string): Sink {
  const parts: Uint8Array<ArrayBuffer>[] = []
  return {
    write: async (bytes) => void parts.push(bytes),
    abort: async () => void parts.splice(0),
    async close() {
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob(parts))
      link.download = name
      link.click()
      // The browser reads the blob some time after the click.
      setTimeout(() => URL.revokeObjectURL(link.href), FORGET_AFTER_MS)
    },
  }
}
