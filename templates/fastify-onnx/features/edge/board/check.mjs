// node check.mjs [url]: does the server that runs here answer as the one that it was made from? Exit code 1: it does not.
import { readFile } from 'node:fs/promises'

const url = process.argv[2] ?? `http://127.0.0.1:${process.env.PORT ?? 8000}`
const TYPES = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp' }
/** Processors add numbers up in other orders: in float32, for outputs around 1. */
const TOLERANCE = 1e-4

const { vectors } = JSON.parse(await readFile(new URL('golden.json', import.meta.url), 'utf8'))
let failures = 0
for (const vector of vectors) {
  const start = performance.now()
  const { status, body } = await ask(vector)
  const ms = (performance.now() - start).toFixed(1)
  const wrong =
    status === 200 ? findDifference(body.prediction, vector.prediction) : `answered ${status}: ${body.detail}`
  if (wrong) failures += 1
  console.log(`${wrong ? 'differs' : 'same   '}  ${vector.name}  ${ms} ms${wrong ? `  ${wrong}` : ''}`)
}
console.log(failures === 0 ? `All ${vectors.length} are the same.` : `${failures} of ${vectors.length} differ.`)
process.exitCode = failures === 0 ? 0 : 1

/** As any caller would: an image as the body, all else as JSON. */
async function ask({ file, data }) {
  const request = file
    ? { body: await readFile(new URL(file, import.meta.url)), type: TYPES[file.split('.').pop()] }
    : { body: JSON.stringify({ data }), type: 'application/json' }
  const answer = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': request.type },
    body: request.body,
  }).catch((error) => {
    console.error(`${url} does not answer: ${error.cause?.message ?? error.message}`)
    process.exit(1)
  })
  return { status: answer.status, body: await answer.json() }
}

/** Where two predictions differ; '' where they do not. */
function findDifference(got, expected, path = 'prediction') {
  if (typeof expected === 'number' && typeof got === 'number') {
    const isClose = Math.abs(got - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))
    return isClose ? '' : `${path} is ${got}, not ${expected}`
  }
  if (typeof expected !== 'object' || expected === null)
    return got === expected ? '' : `${path} is ${got}, not ${expected}`
  for (const [key, value] of Object.entries(expected)) {
    const wrong = findDifference(Object(got)[key], value, `${path}.${key}`)
    if (wrong) return wrong
  }
  return ''
}
