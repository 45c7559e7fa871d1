import { findMissing, type Missing, missingError } from '../create.ts'
import { CreateError } from '../errors.ts'
import type { Request } from '../inputs/request.ts'
import { toShell } from '../literals.ts'

/**
 * Fills in what is missing: asks on a terminal, else refuses with the exact command. Never waits where no one can answer.
 * @throws CreateError `usage` when it may not ask, `interrupted` when the person leaves.
 */
export async function completeRequest(request: Request, { yes }: { yes: boolean }): Promise<Request> {
  const missing = findMissing(request)
  if (missing.length === 0) return request
  if (!mayAsk(yes)) throw missingError(missing, commandLine())
  const answers: [string, string][] = []
  for (const one of missing) answers.push([one.flag, await ask(one)])
  return completeRequest({ ...request, ...Object.fromEntries(answers) }, { yes })
}

function mayAsk(yes: boolean): boolean {
  return Boolean(process.stdin.isTTY && process.stdout.isTTY) && !process.env.CI && !yes
}

function commandLine(): string {
  const words = process.argv.slice(2).map((word) => (/^[\w./=@:-]+$/.test(word) ? word : toShell(word)))
  return ['create-inference-server', ...words].join(' ')
}

async function ask({ question, choices, suggestion }: Missing): Promise<string> {
  const { isCancel, select, text } = await import('@clack/prompts')
  const { checkName } = await import('../name.ts')
  const answer =
    choices.length > 0
      ? await select({ message: question, options: choices.map((value) => ({ value })) })
      : await text({
          message: question,
          initialValue: suggestion,
          validate: (value) => checkName(value ?? '')?.message,
        })
  if (isCancel(answer)) throw new CreateError('interrupted', 'Nothing was written')
  return answer
}
