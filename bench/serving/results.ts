import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const RESULTS = join(import.meta.dirname, '../RESULTS.md')

/** What one part of the benchmark has to say. */
export interface Section {
  /** Names its place in RESULTS.md. */
  readonly id: string
  readonly title: string
  /** Paragraphs and tables. */
  readonly blocks: readonly string[]
}

/** Puts a part's section into bench/RESULTS.md; everything else there stays as it is. */
export async function publish(section: Section): Promise<void> {
  await writeFile(RESULTS, replaceSection(await readFile(RESULTS, 'utf8'), section))
}

/** The text with the section between its two marker comments: in its old place, or at the end when it is new. */
export function replaceSection(text: string, section: Section): string {
  const [begin, end] = [`<!-- bench ${section.id}: made by npm run bench -->`, `<!-- /bench ${section.id} -->`]
  const marked = `${begin}\n${showSection(section)}\n${end}`
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 && to === -1) return `${text.trimEnd()}\n\n${marked}\n`
  if (from === -1 || to < from) throw new Error(`RESULTS.md should have both markers of ${section.id}, in order`)
  return text.slice(0, from) + marked + text.slice(to + end.length)
}

export function showSection({ title, blocks }: Section): string {
  return [`## ${title}`, ...blocks].join('\n\n')
}
