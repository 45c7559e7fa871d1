import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { median } from '../serving/statistics.ts'
import type { Load } from './loads.ts'
import { ours } from './ours.ts'
import { drawPlot } from './plot.ts'
import { atMost } from './report.ts'
import { type Workload, workloads } from './workloads.ts'

/** What the plot shows: kept, so that measuring one model alone draws all of them. */
const FILES = {
  data: join(import.meta.dirname, 'plotted.json'),
  plot: join(import.meta.dirname, '../../docs/assets/peers.svg'),
}

const panelSchema = z.object({
  title: z.string(),
  bars: z.array(z.object({ title: z.string(), requestsPerSecond: z.number(), p99: z.number(), isOurs: z.boolean() })),
})
const dataSchema = z.object({ note: z.string(), panels: z.record(z.string(), panelSchema) })
type Data = z.infer<typeof dataSchema>

/** Draws the plot again with what a model's loads were at its first number of connections. */
export async function replot(workload: Workload, loads: readonly Load[], note: string, files = FILES): Promise<void> {
  const before = await readData(files.data)
  const data: Data = { note, panels: { ...before.panels, [workload.id]: panelOf(workload, loads) } }
  await writeFile(files.data, `${JSON.stringify(data, null, 2)}\n`)
  const panels = workloads.flatMap(({ id }) => data.panels[id] ?? [])
  await mkdir(dirname(files.plot), { recursive: true })
  await writeFile(files.plot, drawPlot(panels, note))
}

async function readData(file: string): Promise<Data> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? { note: '', panels: {} } : dataSchema.parse(JSON.parse(text))
}

function panelOf({ title, connections }: Workload, loads: readonly Load[]): z.infer<typeof panelSchema> {
  const bars = atMost(connections, loads).map(({ contender, slices }) => ({
    title: contender.title,
    requestsPerSecond: median(slices.map((slice) => slice.requestsPerSecond)),
    p99: median(slices.map((slice) => slice.p99)),
    isOurs: contender.id === ours.id,
  }))
  return { title: `${title.charAt(0).toUpperCase()}${title.slice(1)}, ${Math.max(...connections)} connections`, bars }
}
