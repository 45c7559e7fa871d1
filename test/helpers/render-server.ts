import { renderProject, resolveProject } from '../../src/create.ts'
import { IRIS_VARS, makeIris } from './folder.ts'

/** What a server of iris consists of with these lines in its vars.yaml: the text of each file, by path. Nothing is written. */
export async function renderIris(
  more: string,
  files: Record<string, string> = {},
): Promise<ReadonlyMap<string, string>> {
  const cwd = makeIris({ 'vars.yaml': `${IRIS_VARS}${more}\n`, ...files })
  const rendered = await renderProject(await resolveProject({ cwd }))
  return new Map(
    rendered.flatMap(({ path, content }) =>
      content.kind === 'bytes' ? [[path, Buffer.from(content.bytes).toString('utf8')] as const] : [],
    ),
  )
}
