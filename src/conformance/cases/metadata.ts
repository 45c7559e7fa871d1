import { type Case, protocol, serverCase } from '../case.ts'
import { expectStatus } from '../expect.ts'
import { Mismatch } from '../mismatch.ts'
import { ModelList, ModelMetadata, readJson, ServerMetadata } from '../protocol.ts'
import type { Subject } from '../subject.ts'

const MODEL = protocol('Model Metadata Response JSON Object')

async function readModel({ client, modelPath, modelName }: Subject, path = modelPath): Promise<ModelMetadata> {
  const answer = await client.ask(path)
  expectStatus(answer, 200)
  const model = readJson(answer.body, ModelMetadata, 'the model metadata object')
  if (model.name !== modelName) throw new Mismatch(`the name "${modelName}"`, `"${model.name}"`)
  return model
}

function refuseRepeated(kind: string, tensors: ModelMetadata['inputs']): void {
  const names = tensors.map(({ name }) => name)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw new Mismatch(`${kind} of different names`, `"${repeated}" twice`)
}

export const metadata: readonly Case[] = [
  serverCase({
    id: 'metadata/server',
    title: 'GET /v2 says name, version and extensions',
    source: protocol('Server Metadata Response JSON Object'),
    run: async ({ client }) => {
      const answer = await client.ask('/v2')
      expectStatus(answer, 200)
      readJson(answer.body, ServerMetadata, 'the server metadata object')
    },
  }),
  serverCase({
    id: 'metadata/model',
    title: 'GET /v2/models/<model> says name, platform, inputs and outputs',
    source: MODEL,
    run: async (subject) => void (await readModel(subject)),
  }),
  serverCase({
    id: 'metadata/tensor-names',
    title: 'No two inputs and no two outputs have the same name',
    source: MODEL,
    skip: hasModel,
    run: async (subject) => {
      const { inputs, outputs } = await readModel(subject)
      refuseRepeated('inputs', inputs)
      refuseRepeated('outputs', outputs)
    },
  }),
  serverCase({
    id: 'metadata/version',
    title: 'A listed version has the same name under its own path',
    source: MODEL,
    skip: ({ model }) => (model?.versions?.length ? undefined : 'the metadata list no versions'),
    run: async (subject) => {
      for (const version of subject.model?.versions ?? []) {
        await readModel(subject, `${subject.modelPath}/versions/${encodeURIComponent(version)}`)
      }
    },
  }),
  serverCase({
    id: 'metadata/models',
    title: 'GET /v2/models lists the model',
    level: 'recommended',
    source: "KServe's and our list of models; the protocol has none",
    run: async ({ client, modelName }) => {
      const answer = await client.ask('/v2/models')
      expectStatus(answer, 200)
      const { models } = readJson(answer.body, ModelList, '{"models": [...]}')
      if (!models.includes(modelName))
        throw new Mismatch(`"${modelName}" among the models`, models.join(', ') || 'none')
    },
  }),
  serverCase({
    id: 'metadata/content-type',
    title: 'Metadata are application/json',
    level: 'recommended',
    source: protocol('HTTP/REST'),
    run: async ({ client, modelPath }) => {
      for (const path of ['/v2', modelPath]) {
        const { headers } = await client.ask(path)
        const type = headers['content-type'] ?? 'none'
        if (!/^application\/json\s*(;|$)/.test(type))
          throw new Mismatch(`Content-Type application/json of ${path}`, type)
      }
    },
  }),
]

function hasModel({ model }: Subject): string | undefined {
  return model ? undefined : 'the model metadata cannot be read (metadata/model)'
}
