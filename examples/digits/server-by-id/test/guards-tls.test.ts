import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { makeFile, makeFolder, startGuarded, until } from './guards.ts'
import { startServer } from './server.ts'
import { LIMIT, outcomeOf, spawnServer } from './spawn.ts'

const skip =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl, which makes the certificates, is not there'

interface Files {
  readonly TLS_CERT_FILE: string
  readonly TLS_KEY_FILE: string
}

/** A new certificate of this name, in these files. */
function makeCertificate({ TLS_CERT_FILE, TLS_KEY_FILE }: Files, name: string): void {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const files = ['-keyout', TLS_KEY_FILE, '-out', TLS_CERT_FILE]
  execFileSync('openssl', ['req', '-x509', ...kind, '-subj', `/CN=${name}`, ...files], { stdio: 'pipe' })
}

function makeFiles(t: TestContext, name: string): Files {
  const folder = makeFolder(t)
  const files = { TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') }
  makeCertificate(files, name)
  return files
}

async function startTls(t: TestContext, files: Files): Promise<{ app: FastifyInstance; port: number }> {
  const app = await startGuarded(t, { ...files })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { app, port: address.port }
}

/** The name in the certificate that a new connection gets. */
function nameAt(port: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

function getHealth(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/health', rejectUnauthorized: false, agent: false }
    request(options, (response) => resolve(response.resume().statusCode ?? 0))
      .on('error', reject)
      .end()
  })
}

test('with a certificate the port speaks HTTPS, and nothing else', { ...LIMIT, skip }, async (t) => {
  const { port } = await startTls(t, makeFiles(t, 'first.test'))
  assert.equal(await getHealth(port), 200)
  assert.equal(await nameAt(port), 'first.test')
  assert.doesNotMatch(await sendPlain(port), /HTTP\/1.1 200/)
  assert.equal(await getHealth(port), 200)
})

/** All that is answered to a request without TLS. */
function sendPlain(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /health HTTP/1.1\r\nhost: a\r\n\r\n'))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
  })
}

test('a new certificate is used when its files are replaced; one that does not fit changes nothing', {
  ...LIMIT,
  skip,
}, async (t) => {
  const files = makeFiles(t, 'first.test')
  const { app, port } = await startTls(t, files)
  makeCertificate(files, 'second.test')
  await until(async () => (await nameAt(port)) === 'second.test')

  const errors: unknown[] = []
  t.mock.method(app.log, 'error', (...words: unknown[]) => errors.push(words))
  // The certificate of another key.
  makeCertificate({ ...files, TLS_KEY_FILE: join(makeFolder(t), 'other.key') }, 'third.test')
  await until(async () => errors.length > 0)
  assert.equal(await nameAt(port), 'second.test')
  const before = errors.length
  writeFileSync(files.TLS_CERT_FILE, 'not a certificate')
  await until(async () => errors.length > before)
  assert.equal(await nameAt(port), 'second.test')
  makeCertificate(files, 'fourth.test')
  await until(async () => (await nameAt(port)) === 'fourth.test')
})

test('the whole process starts with it, and says so', { ...LIMIT, skip }, async (t) => {
  const server = spawnServer({ ...makeFiles(t, 'first.test') })
  t.after(() => server.kill('SIGKILL'))
  let log = ''
  server.stdout?.on('data', (chunk) => {
    log += chunk
  })
  await until(async () => /https:\/\/127\.0\.0\.1:\d+/.test(log))
  assert.match(log, /guard: TLS, a certificate of CN=first\.test, until /)
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1])
  assert.equal(await getHealth(port), 200)
})

test('HTTPS pages are told to stay with it', { ...LIMIT, skip }, async (t) => {
  const app = await startGuarded(t, { ...makeFiles(t, 'first.test'), SECURITY_HEADERS: 'on' })
  const { headers } = await app.inject({ method: 'GET', url: '/health' })
  assert.match(headers['strict-transport-security']?.toString() ?? '', /max-age=\d{7,}/)
})

test('half of the settings, or files that do not fit, stop the start with one line', { ...LIMIT, skip }, async (t) => {
  const { TLS_CERT_FILE, TLS_KEY_FILE } = makeFiles(t, 'first.test')
  await assert.rejects(startServer({ TLS_CERT_FILE }), /belong together/)
  await assert.rejects(startServer({ TLS_KEY_FILE }), /belong together/)
  const other = makeFiles(t, 'second.test').TLS_KEY_FILE
  await assert.rejects(
    startServer({ TLS_CERT_FILE, TLS_KEY_FILE: other }),
    /TLS_CERT_FILE, TLS_KEY_FILE cannot be used/,
  )
  const { code, stderr } = await outcomeOf(spawnServer({ TLS_CERT_FILE: makeFile(t, 'x'), TLS_KEY_FILE }))
  assert.equal(code, 1)
  assert.match(stderr, /^✖ TLS_CERT_FILE, TLS_KEY_FILE cannot be used: .*\n$/)
})
