import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { contract } from '../src/contract.ts'
import { assertClose } from './close.ts'
import { sampleRuns, startServer } from './server.ts'

// What this model must answer. The file is yours: add the cases that your team knows.

const app = await startServer()
after(() => app.close())
const { data } = app.predictor.sample
const skip = (await sampleRuns(app)) ? false : 'the model cannot run its derived sample: give a real one in vars.yaml'

async function predictSample(): Promise<unknown> {
  const response = await app.inject({ method: 'POST', url: '/predict', payload: { data } })
  assert.equal(response.statusCode, 200, response.body)
  return response.json().prediction
}

test('the sample of vars.yaml gives the prediction of vars.yaml', { skip }, async (t) => {
  const { prediction } = contract.sample
  if (prediction === null) return t.skip('vars.yaml has no prediction_sample')
  // A single row is answered without its outer array; vars.yaml may write it with or without.
  const [onlyRow, ...rows] = Array.isArray(prediction) ? prediction : []
  const answer = await predictSample()
  const wrapped = rows.length === 0 && Array.isArray(onlyRow) && Array.isArray(answer) && !Array.isArray(answer[0])
  assertClose(answer, wrapped ? onlyRow : prediction)
})

test('the same request gives the same prediction', { skip }, async () => {
  assert.deepEqual(await predictSample(), await predictSample())
})
