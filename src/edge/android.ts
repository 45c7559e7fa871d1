import { refuseUnsupported } from './android/capability.ts'
import { declareModel } from './android/declaration.ts'
import { proveEdited } from './android/proof.ts'
import { listSources } from './android/sources.ts'
import type { ExportContext, ExportedFile } from './target.ts'

/**
 * A Gradle project: `edge-core`, the server's pipeline in Kotlin, and an app around it. What vars.yaml declares is data in
 * edge.json. Code of the team's is not translated: where preprocess.ts or postprocess.ts was edited, the port must give what
 * they give, which Maven proves, or there is no export. Throws CreateError.
 */
export async function exportToAndroid(context: ExportContext): Promise<readonly ExportedFile[]> {
  refuseUnsupported(context)
  const files = [
    ...listSources(context),
    { path: 'edge.json', bytes: Buffer.from(declareModel(context)) },
    { path: '.gitignore', bytes: Buffer.from(IGNORED) },
  ]
  await proveEdited(context, files)
  return files
}

/** What Maven, Gradle and Android Studio make there. */
const IGNORED = ['target/', 'build/', '.gradle/', '.idea/', '.kotlin/', 'local.properties', ''].join('\n')
