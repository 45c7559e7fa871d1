import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ChannelCredentials, status } from '@grpc/grpc-js'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { contract } from '../src/contract.ts'
import { HealthCheckResponse_ServingStatus as Serving } from '../src/grpc/health_pb.ts'
import { failureOf, GrpcClient, serveGrpc } from './grpc-client.ts'
import { keyLine, makeFile, makeFolder, until } from './guards.ts'
import { LIMIT } from './spawn.ts'

const KEY = 'k9'.repeat(16)
const key = (value: string) => ({ metadata: { 'x-api-key': value } })

async function codeOf(answer: Promise<unknown>): Promise<status> {
  return answer.then(
    () => status.OK,
    async () => (await failureOf(answer)).code,
  )
}

test('a key is asked for in the metadata, and only the right one will do', async (t) => {
  const { client } = await serveGrpc(t, { API_KEYS_FILE: makeFile(t, keyLine('team-a', KEY)) })
  const { code, details, metadata } = await failureOf(client.serverMetadata({}))
  assert.equal(code, status.UNAUTHENTICATED)
  assert.match(details, /X-API-Key/)
  assert.deepEqual(metadata.get('www-authenticate'), [`ApiKey realm="${contract.name}"`])
  assert.equal(await codeOf(client.serverMetadata({}, key('z7'.repeat(16)))), status.UNAUTHENTICATED)
  assert.equal(await codeOf(client.serverMetadata({}, key(KEY))), status.OK)
})

test('it is asked for before the message is looked at, and for every method but health', async (t) => {
  const API_KEYS_FILE = makeFile(t, keyLine('team-a', KEY))
  const { client } = await serveGrpc(t, { API_KEYS_FILE })
  const broken = client.askBytes('/inference.GRPCInferenceService/ModelInfer', Buffer.from([255]))
  assert.equal(await codeOf(broken), status.UNAUTHENTICATED)
  assert.equal(await codeOf(client.modelMetadata({ name: 'other' })), status.UNAUTHENTICATED)
  for (const answer of [client.live({}), client.ready({}), client.modelReady({ name: contract.name })])
    assert.equal(await codeOf(answer), status.OK)
  assert.equal((await client.check({ service: '' })).status, Serving.SERVING)

  const strict = await serveGrpc(t, { API_KEYS_FILE, GUARD_HEALTH: 'on' })
  assert.equal(await codeOf(strict.client.check({ service: '' })), status.UNAUTHENTICATED)
  assert.equal(await codeOf(strict.client.live({}, key(KEY))), status.OK)
})

test('a token of the issuer will do, and no other', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const { privateKey: stranger } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one' }]
  const settings = { JWT_JWKS_FILE: makeFile(t, JSON.stringify({ keys })), JWT_ISSUER: 'me', JWT_AUDIENCE: 'us' }
  const { client } = await serveGrpc(t, settings)
  const ask = async (claims: object, signer: typeof privateKey) => {
    const token = new SignJWT({ iss: 'me', aud: 'us', sub: 'ada', ...claims }).setProtectedHeader({
      alg: 'ES256',
      kid: 'one',
    })
    const authorization = `Bearer ${await token.setIssuedAt().setExpirationTime('1h').sign(signer)}`
    return codeOf(client.serverMetadata({}, { metadata: { authorization } }))
  }
  assert.equal(await ask({}, privateKey), status.OK)
  assert.equal(await ask({ aud: 'them' }, privateKey), status.UNAUTHENTICATED)
  assert.equal(await ask({}, stranger), status.UNAUTHENTICATED)
})

test('the rate limit counts both doors together, and health not at all', async (t) => {
  const { app, client } = await serveGrpc(t, { RATE_LIMIT: '2/1h' })
  for (let times = 0; times < 5; times += 1) await client.live({})
  assert.equal(await codeOf(client.serverMetadata({})), status.OK)
  assert.equal((await app.inject('/metadata')).statusCode, 200)
  const { code, details, metadata } = await failureOf(client.serverMetadata({}))
  assert.equal(code, status.RESOURCE_EXHAUSTED, details)
  assert.ok(Number(metadata.get('retry-after')[0]) > 3500)
  assert.equal((await app.inject('/metadata')).statusCode, 429)
})

test('behind a proxy that is trusted, the address is what it says; else nobody is believed', async (t) => {
  const settings = { RATE_LIMIT: '1/1h', TRUST_PROXY: 'loopback' }
  const { client } = await serveGrpc(t, settings)
  const from = (address: string) => ({ metadata: { 'x-forwarded-for': address } })
  assert.equal(await codeOf(client.serverMetadata({}, from('10.0.0.1'))), status.OK)
  assert.equal(await codeOf(client.serverMetadata({}, from('10.0.0.2'))), status.OK)
  assert.equal(await codeOf(client.serverMetadata({}, from('10.9.9.9, 10.0.0.1'))), status.RESOURCE_EXHAUSTED)
  const alone = await serveGrpc(t, { RATE_LIMIT: '1/1h' })
  assert.equal(await codeOf(alone.client.serverMetadata({}, from('10.0.0.1'))), status.OK)
  assert.equal(await codeOf(alone.client.serverMetadata({}, from('10.0.0.2'))), status.RESOURCE_EXHAUSTED)
})

test('connections beyond MAX_CONNECTIONS are closed', async (t) => {
  const { app, client } = await serveGrpc(t, { MAX_CONNECTIONS: '1' })
  await client.live({})
  const second = new GrpcClient(app.grpc.port)
  t.after(() => second.close())
  assert.equal((await failureOf(second.live({}))).code, status.UNAVAILABLE)
  await client.live({})
})

interface Files {
  readonly TLS_CERT_FILE: string
  readonly TLS_KEY_FILE: string
}

/** A new certificate for this machine itself, and what trusts it. */
function makeCertificate({ TLS_CERT_FILE, TLS_KEY_FILE }: Files): ChannelCredentials {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', TLS_KEY_FILE, '-out', TLS_CERT_FILE], {
    stdio: 'pipe',
  })
  return ChannelCredentials.createSsl(readFileSync(TLS_CERT_FILE))
}

function makeFiles(t: TestContext): Files {
  const folder = makeFolder(t)
  return { TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') }
}

const skip =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl, which makes the certificates, is not there'

test('with a certificate it is TLS only, and a new certificate is used when its files are replaced', {
  ...LIMIT,
  skip,
}, async (t) => {
  const files = makeFiles(t)
  const { app, client } = await serveGrpc(t, { ...files }, makeCertificate(files))
  assert.equal((await client.live({})).live, true)
  const plain = new GrpcClient(app.grpc.port)
  t.after(() => plain.close())
  assert.equal((await failureOf(plain.live({}))).code, status.UNAVAILABLE)

  const renewed = makeCertificate(files)
  await until(async () => {
    const own = new GrpcClient(app.grpc.port, renewed)
    return own
      .live({})
      .then(
        () => true,
        () => false,
      )
      .finally(() => own.close())
  })
  writeFileSync(files.TLS_CERT_FILE, 'not a certificate')
  assert.equal((await client.live({})).live, true)
})
