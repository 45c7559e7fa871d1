import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { contract } from '../src/contract.ts'
import { startServer } from './server.ts'

const app = await startServer()
after(() => app.close())

test('/metadata starts with the six classic keys and holds the contract', async () => {
  const metadata = (await app.inject({ method: 'GET', url: '/metadata' })).json()
  assert.deepEqual(Object.keys(metadata).slice(0, 6), [
    'data_type',
    'data_structure',
    'data_sample',
    'prediction_type',
    'prediction_structure',
    'prediction_sample',
  ])
  assert.deepEqual(metadata.data_sample, app.predictor.sample.data)
  assert.deepEqual(metadata.inputs, contract.inputs)
  assert.deepEqual(metadata.model, contract.model)
  assert.deepEqual(metadata.template, contract.template)
})

test('/label has the labels by column, when the model is a classifier', async () => {
  const response = await app.inject({ method: 'GET', url: '/label' })
  assert.equal(response.statusCode, contract.task === 'classification' ? 200 : 404)
  if (contract.task === 'classification') assert.deepEqual(response.json(), { ...contract.labels })
})

test('/docs is a page, and its OpenAPI document describes the routes with the real sample', async () => {
  const page = await app.inject({ method: 'GET', url: '/docs' })
  assert.equal(page.statusCode, 200)
  assert.match(page.headers['content-type']?.toString() ?? '', /text\/html/)

  const openapi = (await app.inject({ method: 'GET', url: '/docs/json' })).json()
  assert.equal(openapi.info.title, contract.name)
  assert.equal('/predict/label' in openapi.paths, contract.task === 'classification')
  const { schema } = openapi.paths['/predict'].post.requestBody.content['application/json']
  assert.equal('data' in schema.properties, true)
})
