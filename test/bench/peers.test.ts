import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { assertAgree } from '../../bench/peers/agree.ts'
import { pinnedVersions } from '../../bench/peers/environment.ts'
import type { Load } from '../../bench/peers/loads.ts'
import { ours } from '../../bench/peers/ours.ts'
import { askWithForm } from '../../bench/peers/peer.ts'
import { drawPlot, type Panel, showThree } from '../../bench/peers/plot.ts'
import { replot } from '../../bench/peers/plotted.ts'
import { startTree } from '../../bench/peers/process-tree.ts'
import { rateTable, ratioTable, startTable } from '../../bench/peers/report.ts'
import { peers } from '../../bench/peers/servers.ts'
import { workloads } from '../../bench/peers/workloads.ts'
import { missingTools } from '../../bench/serving/cores.ts'
import { readProcessStat } from '../../bench/serving/process-stat.ts'
import { replaceSection } from '../../bench/serving/results.ts'
import { makeFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

const missing = await missingTools()

test.each(peers)('$title has a server and exact versions of all that it needs', async (peer) => {
  const folder = join(ROOT, 'bench/peers', peer.folder)
  await access(join(folder, 'server.py'))
  const lines = (await readFile(join(folder, 'requirements.txt'), 'utf8')).split('\n')
  const loose = lines.filter((line) => line !== '' && !line.startsWith('#') && !/^[\w.-]+==[\w.]+$/.test(line))
  expect(loose).toEqual([])
  expect(lines).toContain('onnxruntime==1.30.0')
  expect(await pinnedVersions(peer)).toContain(`${peer.packages[0]} `)
})

test('a package without an exact version is not said to have one', async () => {
  const [peer] = peers
  if (!peer) throw new Error('a peer')
  await expect(pinnedVersions({ ...peer, packages: ['fast'] })).rejects.toThrow('fast has no exact version')
})

test.each([...peers, ours])('$title is asked for a row as JSON that holds its numbers', ({ ask }) => {
  const { path, type, body } = ask({ kind: 'row', row: [5.25, -1] })
  expect(path).toMatch(/^\//)
  expect(type).toBe('application/json')
  expect(JSON.stringify(JSON.parse(String(body)))).toMatch(/\[5\.25,-1\]/)
})

test.each(peers.map((peer) => ({ peer, title: peer.title })))(
  '$title does not take an error for a prediction',
  ({ peer }) => {
    expect(() => peer.read({ error: 'no' })).toThrow()
  },
)

test('a photo in a form arrives as it was', async () => {
  const photo = Uint8Array.from({ length: 300 }, (_, i) => i % 256)
  const { body, type } = askWithForm('/predict', 'image', photo)
  const form = await new Response(body, { headers: { 'content-type': type } }).formData()
  const file = form.get('image')
  if (!(file instanceof File)) throw new Error('not a file')
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(photo)
})

test('servers that answer something else are not compared', () => {
  const first = { title: 'this', prediction: [0.1, 20] }
  const check = (...prediction: number[]) => assertAgree(first, [{ title: 'peer', prediction }])
  expect(() => check(0.10009, 20.001)).not.toThrow()
  expect(() => check(0.1002, 20)).toThrow('number 0 is 0.1002 for peer, and 0.1 for this')
  expect(() => check(0.1, Number.NaN)).toThrow('number 1')
  expect(() => check(0.1)).toThrow('peer answers 1 numbers, not 2')
})

test('goals are for the ratios at the most connections, round by round', () => {
  const [iris] = workloads
  if (!iris) throw new Error('a workload')
  const rows = ratioTable(iris, [
    load('ours', 'this', 1, [1, 1]),
    load('fastapi', 'FastAPI', 1, [9, 9]),
    load('ours', 'this', 64, [900, 500]),
    load('fastapi', 'FastAPI', 64, [100, 50], 3),
    load('litserve', 'LitServe', 64, [100, 100], 1),
  ])
  expect(rows.split('\n').slice(2)).toEqual([
    '| 64 connections: requests/s, times those of FastAPI | 9.50 | 9.00–10.00 | ≥ 6 | yes |',
    '| 64 connections: p99, part of that of FastAPI | 0.67 | 0.67–0.67 | ≤ 1 | yes |',
    '| 64 connections: requests/s, times those of LitServe | 7.00 | 5.00–9.00 | ≥ 10 | **no** |',
    '| 64 connections: p99, part of that of LitServe | 2.00 | 2.00–2.00 | ≤ 1 | **no** |',
  ])
  expect(() => ratioTable(iris, [load('fastapi', 'FastAPI', 64, [1])])).toThrow('our server was not measured')
})

test('rates, starts and memory are shown with their spread', () => {
  expect(rateTable([load('x', 'X', 4, [99.96, 20.04, 1000])])).toContain('| 4 | X | 100.0 | 20.0–1000 | 1.00 | 2.00 |')
  const slices = [
    { ms: 500, memory: 100e6 },
    { ms: 700, memory: 90e6 },
  ]
  const rows = startTable([{ contender: { id: 'x', title: 'X' }, slices }])
  expect(rows).toContain('| X | 600 | 500–700 | 95 | 90–100 |')
})

test('numbers of the plot have three digits that count', () => {
  expect([31734, 985.4, 65.44, 2.314, 0.1234].map(showThree)).toEqual(['31,700', '985', '65.4', '2.31', '0.12'])
})

test('the plot draws bars in proportion, each panel on a scale of its own, and ours in colour', () => {
  const plot = drawPlot([PANEL, { ...PANEL, title: 'Second', bars: PANEL.bars.slice(1) }], 'a note')
  const bars = [...plot.matchAll(/<rect [^>]*width="([\d.]+)"[^>]*fill="(#\w+)"/g)]
  const [ours, peer, alone] = bars.map(([, width]) => Number(width))
  expect(Number(ours) / Number(peer)).toBeCloseTo(4)
  expect(alone).toBe(ours)
  expect(new Set(bars.map(([, , colour]) => colour)).size).toBe(2)
  expect(plot).toContain('>400/s, p99 1 ms<')
  expect(plot).toContain('First &lt;&amp;&gt;')
  expect(plot).toContain('>a note<')
})

test('measuring one model again redraws it and keeps what was drawn of the others', async () => {
  const folder = makeFolder()
  const files = { data: join(folder, 'plotted.json'), plot: join(folder, 'assets/peers.svg') }
  const [iris, mlp] = workloads
  if (!iris || !mlp) throw new Error('two workloads')
  await replot(iris, [load('ours', 'this', 1, [9]), load('ours', 'this', 64, [1110])], 'first', files)
  await replot(mlp, [load('ours', 'this', 64, [2220])], 'second', files)
  await replot(iris, [load('ours', 'this', 64, [3330])], 'third', files)
  const numbers = [...(await readFile(files.plot, 'utf8')).matchAll(/>([\d,.]+)\/s, p99/g)].map(([, number]) => number)
  expect(numbers).toEqual(['3,330', '2,220'])
})

test('the sections of a run do not touch one another', () => {
  const ids = ['peers', ...workloads.map(({ id }) => `peers-${id}`)]
  const write = (text: string, id: string, block: string) => replaceSection(text, { id, title: id, blocks: [block] })
  const all = ids.reduce((text, id) => write(text, id, `old ${id}.`), '# Measured\n')
  for (const id of ids) expect(write(all, id, `new ${id}.`)).toBe(all.replace(`old ${id}.`, `new ${id}.`))
})

test.skipIf(missing.length > 0)('a server is paused and stopped with all the processes that it started', async () => {
  const folder = makeFolder()
  const script = 'setsid sleep 60 & trap "kill $!" TERM; echo $!; wait'
  const tree = startTree({ command: ['bash', '-c', script], env: {} }, folder)
  onTestFinished(() => tree.stop())
  while (!tree.output().includes('\n')) await sleep(10)
  const ids = [tree.process.pid, Number(tree.output())]
  const states = () => Promise.all(ids.map(stateOf))
  await tree.pause()
  await expect.poll(states).toEqual(['T', 'T'])
  expect(await tree.memory()).toBeGreaterThan(100_000)
  await tree.resume()
  await expect.poll(states).not.toContain('T')
  await tree.stop()
  expect(await states()).toEqual(['', ''])
})

const PANEL: Panel = {
  title: 'First <&>',
  bars: [
    { title: 'this', requestsPerSecond: 400, p99: 1, isOurs: true },
    { title: 'peer', requestsPerSecond: 100, p99: 8, isOurs: false },
  ],
}

function load(id: string, title: string, connections: number, rates: readonly number[], p99 = 2): Load {
  const slices = rates.map((requestsPerSecond) => ({ requests: 1, requestsPerSecond, p50: 1, p99 }))
  return { contender: { id, title }, connections, slices }
}

/** Nothing when the process has ended, even if nobody was told yet. */
async function stateOf(id = 0): Promise<string> {
  const { state } = await readProcessStat(id)
  return state === 'Z' ? '' : state
}
