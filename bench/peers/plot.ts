/** What is drawn of one server. */
export interface Bar {
  readonly title: string
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p99: number
  /** Ours is drawn in colour. */
  readonly isOurs: boolean
}

/** The servers at one model. */
export interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

const WIDTH = 760
const LABEL_WIDTH = 90
const NUMBER_WIDTH = 170
const BAR_HEIGHT = 20
const ROW_HEIGHT = 27
const TITLE_HEIGHT = 34
const PANEL_GAP = 14
const MARGIN = 12
/** All are read as well on white as on black: an image does not know on which of them a page shows it. */
const COLOURS = { ours: '#2f81f7', peer: '#8c959f', text: '#768390' }
const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'

/** Bars of requests/s as an SVG document: a panel per model, each with a scale of its own. `note` is its last line. */
export function drawPlot(panels: readonly Panel[], note: string): string {
  const parts: string[] = []
  let y = MARGIN
  for (const panel of panels) {
    parts.push(...drawPanel(panel, y))
    y += TITLE_HEIGHT + panel.bars.length * ROW_HEIGHT + PANEL_GAP
  }
  parts.push(text({ x: MARGIN, y: y + 12, size: 12 }, note))
  const height = y + 12 + MARGIN
  const description = panels.map(({ title, bars }) => `${title}: ${bars.map(describe).join(', ')}`).join('. ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="${FONT}">`,
    `<title>Requests per second on one core</title>`,
    `<desc>${escapeXml(description)}</desc>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function drawPanel({ title, bars }: Panel, top: number): string[] {
  const most = Math.max(...bars.map((bar) => bar.requestsPerSecond))
  const room = WIDTH - 2 * MARGIN - LABEL_WIDTH - NUMBER_WIDTH
  const x = MARGIN + LABEL_WIDTH
  const rows = bars.flatMap((bar, i) => {
    const y = top + TITLE_HEIGHT + i * ROW_HEIGHT
    const length = Math.max(1, (bar.requestsPerSecond / most) * room)
    const baseline = y + BAR_HEIGHT - 5
    const weight = bar.isOurs ? 'bold' : 'normal'
    const colour = bar.isOurs ? COLOURS.ours : COLOURS.text
    return [
      text({ x: x - 8, y: baseline, anchor: 'end', weight, colour }, bar.title),
      `<rect x="${x}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="3" fill="${bar.isOurs ? COLOURS.ours : COLOURS.peer}"/>`,
      text({ x: Math.round(x + length + 8), y: baseline, weight, colour }, showNumbers(bar)),
    ]
  })
  return [text({ x: MARGIN, y: top + 18, size: 15, weight: 'bold' }, title), ...rows]
}

interface TextStyle {
  readonly x: number
  readonly y: number
  readonly size?: number
  readonly anchor?: 'start' | 'end'
  readonly weight?: 'normal' | 'bold'
  readonly colour?: string
}

function text(style: TextStyle, content: string): string {
  const { x, y, size = 13, anchor = 'start', weight = 'normal', colour = COLOURS.text } = style
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" font-weight="${weight}" fill="${colour}">${escapeXml(content)}</text>`
}

function showNumbers({ requestsPerSecond, p99 }: Bar): string {
  return `${showThree(requestsPerSecond)}/s, p99 ${showThree(p99)} ms`
}

function describe(bar: Bar): string {
  return `${bar.title} ${showNumbers(bar)}`
}

/** Three digits that count, thousands apart: 31,700, 985, 65.4, 2.31. */
export function showThree(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 2 })
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
