import { withScratchFolder } from '../../create.ts'
import { CreateError } from '../../errors.ts'
import type { ExportContext, ExportedFile } from '../target.ts'
import { writeExports } from '../write-export.ts'
import { runMaven } from './maven.ts'

/**
 * Where the team edited its code, the port of the declaration is tested against what that code answers, before anything is
 * written. Throws CreateError when it does not give the same, or when that cannot be found out here.
 */
export async function proveEdited(context: ExportContext, files: readonly ExportedFile[]): Promise<void> {
  const edited = listEdited(context)
  if (edited.length === 0) return
  const { model, goldenFiles } = context
  const all = [...files, ...goldenFiles, { path: `models/${model.file}`, bytes: model.bytes }]
  await withScratchFolder(async (folder) => {
    await writeExports(folder, [{ target: 'android', files: all }], { force: false })
    const { outcome, output } = await runMaven(`${folder}/android/edge-core`, ['-Dtest=GoldenTest', 'test'])
    if (outcome === 'missing') throw cannotBeProved(edited)
    if (outcome === 'failed') throw isAnother(edited, output)
  })
}

function listEdited({ server }: ExportContext): string[] {
  return [
    ...(server.preprocessIsPristine ? [] : ['src/model/preprocess.ts']),
    ...(server.postprocessIsPristine ? [] : ['src/model/postprocess.ts']),
  ]
}

function cannotBeProved(edited: readonly string[]): CreateError {
  return new CreateError('invalid', 'Whether Android would answer what your server answers cannot be found out here', {
    issues: edited.map(editedIssue),
    hint: 'Install Java 17 and Maven: its golden vectors are then checked. Or export to web, which runs your code as it is.',
  })
}

function isAnother(edited: readonly string[], output: string): CreateError {
  return new CreateError('invalid', 'Android would not answer what your server answers', {
    issues: [...edited.map(editedIssue), ...failures(output).map((message) => ({ message }))],
    hint: 'The app does what vars.yaml declares and nothing else: declare it there, or export to web, which runs your code as it is.',
  })
}

function editedIssue(file: string) {
  return { file, message: 'was edited (it, or what it imports of src/transforms/): code is not translated to Kotlin' }
}

const MOST_FAILURES = 5

/** What Maven says went wrong, without what it says of itself. */
function failures(output: string): string[] {
  const lines = output.split('\n').flatMap((line) => /^\[ERROR\]\s+(.*\S)/.exec(line)?.[1] ?? [])
  const tests = lines.filter((line) => /GoldenTest/.test(line) && /»|==>|expected/i.test(line))
  return [...new Set(tests.length > 0 ? tests : lines)].slice(0, MOST_FAILURES)
}
