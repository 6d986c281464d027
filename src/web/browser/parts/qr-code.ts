/** A link as a QR code, drawn with DOM calls rather than markup. */
import { encode } from 'uqr'

const SVG = 'http://www.w3.org/2000/svg'

export function qrCode(text: string, label: string): SVGElement {
  const { data, size } = encode(text, { border: 2 })
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  const path = document.createElementNS(SVG, 'path')
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
  path.setAttribute('d', squares.join(''))
  svg.append(path)
  return svg
}
