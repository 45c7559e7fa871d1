import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { renderTemplate } from '../create.ts'
import { loadModule } from './modules.ts'
import type { BuiltServer, EdgeModel, ExportContext, ExportedFile } from './target.ts'

const TEMPLATES = 'features/edge/board'
const RENDERED = ['Dockerfile', 'compose.yaml', 'README.md']
/** Of the server's folder; the two in the middle are not in every server. */
const COPIED = ['package.json', 'package-lock.json', '.npmrc', 'LICENSE']

/**
 * The same server for a small Linux board: compiled, with what its image is built from. Only what it knows of its model is
 * another where the model is.
 */
export async function exportToBoard({ server, model, templates }: ExportContext): Promise<readonly ExportedFile[]> {
  const config = boardConfig(server.config, model)
  return [
    ...RENDERED.map((file) => {
      return { path: file, bytes: Buffer.from(renderTemplate(templates, `${TEMPLATES}/${file}.njk`, config)) }
    }),
    { path: 'check.mjs', bytes: readFileSync(join(templates, TEMPLATES, 'check.mjs')) },
    ...COPIED.filter((file) => existsSync(join(server.root, file))).map((file) => copy(server, file)),
    ...(await compiledCode(server, model)),
    ...otherModelFiles(server, model),
    ...config.features.flatMap(({ files }) => files).map((file) => copy(server, file)),
  ]
}

function boardConfig(config: Config, { file, sha256, bytes }: EdgeModel): Config {
  // What is shown to browsers is not copied: a board asks its own model.
  const features = config.features.filter(({ name }) => name !== 'edge')
  return { ...config, features, model: { ...config.model, file, sha256, bytes: bytes.length } }
}

function copy({ root }: BuiltServer, path: string): ExportedFile {
  return { path, copyOf: join(root, path) }
}

async function compiledCode(server: BuiltServer, model: EdgeModel): Promise<ExportedFile[]> {
  const isSame = model.sha256 === server.config.model.sha256
  const files = listFiles(join(server.root, 'dist')).filter((file) => !file.endsWith('.map'))
  const code = files.map((file) => copy(server, `dist/${file}`))
  if (isSame) return code
  return [
    ...code.filter(({ path }) => path !== CONTRACT),
    { path: CONTRACT, bytes: await printContract(server, model) },
  ]
}

const CONTRACT = 'dist/contract.js'

/** contract.ts is data only: it is written again, with the model that is shipped. */
async function printContract(server: BuiltServer, { file, sha256, bytes }: EdgeModel): Promise<Buffer> {
  const { contract } = await loadModule(server, 'contract.js')
  const shipped = { ...contract, model: { file, sha256, bytes: bytes.length } }
  const comment = '/** All that this server knows of its model, which is the one that was exported for boards. */'
  return Buffer.from(`${comment}\nexport const contract = ${JSON.stringify(shipped, null, 2)}\n`)
}

/** Labels, the sample, external data, an encoder; the model itself is in every export. */
function otherModelFiles(server: BuiltServer, model: EdgeModel): ExportedFile[] {
  const { file, sha256, external_data } = server.config.model
  // Another model is one file, with what lay beside the original in it.
  const replaced = model.sha256 === sha256 ? [file] : [file, model.file, ...external_data]
  return Object.keys(server.lock.files)
    .filter((path) => path.startsWith('models/') && !replaced.includes(path.slice('models/'.length)))
    .map((path) => copy(server, path))
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}
