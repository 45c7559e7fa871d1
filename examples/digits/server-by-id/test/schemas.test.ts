import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { buildServer } from '../src/app.ts'
import { allSettings, loadConfig } from '../src/config.ts'
import type { Feature } from '../src/feature.ts'
import { features } from '../src/features.ts'

/** As src/validation.ts compiles them, but held against the schema of JSON Schema first. */
const ajv = new Ajv({ allowUnionTypes: true, keywords: ['secret'] })

function assertSchema(schema: object, name: string): void {
  assert.ok(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`)
  ajv.compile(schema)
}

/** All that a route's schema says, of each content type on its own. */
function partsOf(schema: unknown): Record<string, object> {
  const { body, querystring, response = {} } = Object(schema)
  const parts = Object.entries<unknown>({ body, querystring, ...response }).filter(([, part]) => part !== undefined)
  return Object.fromEntries(
    parts.flatMap(([name, part]) => {
      const { content } = Object(part)
      if (content === undefined) return [[name, Object(part)]]
      return Object.entries(content).map(([type, each]) => [`${name} ${type}`, Object(each).schema])
    }),
  )
}

test('the schema of every body, query and answer is JSON Schema', async (t) => {
  const schemas = new Map<string, object>()
  const watcher: Feature = {
    name: 'watcher',
    env: {},
    prepare(app) {
      app.addHook('onRoute', ({ method, url, schema }) => {
        for (const [part, each] of Object.entries(partsOf(schema))) schemas.set(`${method} ${url} ${part}`, each)
      })
    },
  }
  const config = loadConfig({ LOG_LEVEL: 'silent' }, features)
  const app = await buildServer({ config, features: [watcher, ...features] })
  t.after(() => app.close())
  assert.ok(schemas.has('POST /v2/models/:model/infer body'))
  for (const [name, schema] of schemas) assertSchema(schema, name)
})

test('the schema of every setting is JSON Schema, and takes its default', () => {
  const settings = allSettings(features)
  for (const [name, setting] of Object.entries(settings)) {
    assertSchema(setting, name)
    assert.ok(ajv.validate(setting, setting.default), `${name}: ${ajv.errorsText()}`)
  }
})
