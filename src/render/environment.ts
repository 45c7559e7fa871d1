import nunjucks from 'nunjucks'
import { CreateError } from '../errors.ts'
import * as literals from '../literals.ts'
import { hashFile } from '../lock.ts'
import { precompiled } from './precompiled.ts'
import { freeSymbols } from './symbols.ts'

/**
 * The one nunjucks environment. Templates are given as text by the caller and never include one another;
 * a user's value is never rendered as a template (nunjucks is no sandbox).
 */
export function makeEnvironment(): nunjucks.Environment {
  const environment = new nunjucks.Environment(null, {
    autoescape: false, // the target is not HTML
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  })
  environment.addFilter('ts', literals.toTypeScript)
  environment.addFilter('json', literals.toJson)
  environment.addFilter('yaml', literals.toYaml)
  environment.addFilter('sh', literals.toShell)
  environment.addFilter('make', literals.toMake)
  environment.addFilter('dockerfile', literals.toDockerfile)
  environment.addFilter('code', literals.toCodeSpan)
  return environment
}

/**
 * Renders one template's text with a plain object.
 * @throws CreateError `invalid` naming the template, when it does not parse or reads what is not there.
 */
export function renderText(environment: nunjucks.Environment, name: string, text: string, context: object): string {
  try {
    const code = precompiled.get(hashFile(Buffer.from(text)))
    if (code === undefined) return environment.renderString(text, context)
    // nunjucks takes compiled code here, its types know text alone.
    const source = { type: 'code', obj: code } as unknown as string
    return new nunjucks.Template(source, environment, name).render(context)
  } catch (cause) {
    throw notRendered(
      name,
      cause instanceof Error ? cause.message.replace(/^\(unknown path\)\s*/, '') : String(cause),
      cause,
    )
  }
}

/**
 * Refuses a template that reads names which the configuration does not have: nunjucks renders most of them as nothing.
 * For templates of others; a test does the same for the bundled ones.
 * @throws CreateError `invalid`.
 */
export function checkSymbols(name: string, text: string, context: object): void {
  const unknown = [...freeSymbols(text)].filter((symbol) => !(symbol in context))
  if (unknown.length > 0)
    throw notRendered(name, `it reads ${unknown.join(', ')}, which the configuration does not have`)
}

function notRendered(file: string, message: string, cause?: unknown): CreateError {
  return new CreateError('invalid', `The template ${file} cannot be rendered`, { issues: [{ file, message }], cause })
}
