import { type PrecisionRow, type PrecisionTable, showError, showPercent, showSize } from './precision-table.ts'

const WIDTH = 720
const MARGIN = 12
const LABEL_WIDTH = 48
const NUMBERS_WIDTH = 300
const BAR_HEIGHT = 22
const ROW_HEIGHT = 46
const HEAD_HEIGHT = 54
/** Read as well on white as on black: an image does not always know on which of them it is shown. */
const COLOURS = { bytes: '#2f81f7', gzip: '#8250df', refused: '#8c959f', text: '#768390' }
const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'

/** Bars of the bytes on a device and the bytes on the way to it, a pair for each precision, as an SVG document. */
export function drawPrecisions({ precisions, measure }: PrecisionTable): string {
  const most = Math.max(...precisions.map(({ bytes }) => bytes))
  const height = HEAD_HEIGHT + precisions.length * ROW_HEIGHT + MARGIN
  const description = precisions.map((one) => `${one.precision}: ${describe(one)}`).join('. ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="${FONT}">`,
    '<title>Size and agreement of the model in each precision</title>',
    `<desc>${description}</desc>`,
    text({ x: MARGIN, y: 24, size: 15, weight: 'bold' }, 'Size of the model, and how well it agrees'),
    ...legend(measure),
    ...precisions.flatMap((one, i) => drawRow(one, { top: HEAD_HEIGHT + i * ROW_HEIGHT, most })),
    '</svg>\n',
  ].join('\n')
}

function legend(measure: string): string[] {
  const y = 42
  return [
    rect({ x: MARGIN, y: y - 9, width: 10, height: 10 }, COLOURS.bytes),
    text({ x: MARGIN + 15, y, size: 12 }, 'file'),
    rect({ x: MARGIN + 50, y: y - 9, width: 10, height: 10 }, COLOURS.gzip),
    text({ x: MARGIN + 65, y, size: 12 }, 'gzip'),
    text({ x: MARGIN + 105, y, size: 12 }, `to agree is ${measure} as fp32; grey is refused`),
  ]
}

function drawRow(one: PrecisionRow, { top, most }: { top: number; most: number }): string[] {
  const x = MARGIN + LABEL_WIDTH
  const room = WIDTH - 2 * MARGIN - LABEL_WIDTH - NUMBERS_WIDTH
  const bar = (bytes: number) => Math.max(1, (bytes / most) * room)
  const [file, gzip] = one.passes ? [COLOURS.bytes, COLOURS.gzip] : [COLOURS.refused, COLOURS.refused]
  const aside = WIDTH - MARGIN - NUMBERS_WIDTH + 10
  return [
    text({ x: x - 8, y: top + 19, anchor: 'end', weight: 'bold' }, one.precision),
    rect({ x, y: top, width: bar(one.bytes), height: BAR_HEIGHT }, file),
    rect({ x, y: top + BAR_HEIGHT + 2, width: bar(one.gzip), height: 10 }, gzip),
    text({ x: aside, y: top + 15 }, `${showSize(one.bytes)}, gzip ${showSize(one.gzip)}`),
    text({ x: aside, y: top + 32, size: 12 }, describeAnswers(one)),
  ]
}

function describe(one: PrecisionRow): string {
  return `${showSize(one.bytes)}, gzip ${showSize(one.gzip)}, ${describeAnswers(one)}`
}

function describeAnswers({ agreement, maxError, latency, passes }: PrecisionRow): string {
  const refused = passes ? '' : ', refused'
  return `agrees ${showPercent(agreement)}${refused}, error ${showError(maxError)}, time ${latency.toFixed(2)}`
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

function rect({ x, y, width, height }: Box, colour: string): string {
  return `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="2" fill="${colour}"/>`
}

interface TextStyle {
  readonly x: number
  readonly y: number
  readonly size?: number
  readonly anchor?: 'start' | 'end'
  readonly weight?: 'normal' | 'bold'
}

/** What is written are numbers and words of ours: nothing has to be escaped. */
function text({ x, y, size = 13, anchor = 'start', weight = 'normal' }: TextStyle, content: string): string {
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" font-weight="${weight}" fill="${COLOURS.text}">${content}</text>`
}
