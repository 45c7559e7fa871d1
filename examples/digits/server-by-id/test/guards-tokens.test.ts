import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import { ask, keyLine, makeFile, startGuarded, statusOf, until } from './guards.ts'
import { startServer } from './server.ts'

const ISSUER = 'https://issuer.test'
const AUDIENCE = 'predictions'
const RULES = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE }
const now = Math.floor(Date.now() / 1000)
const GOOD = { iss: ISSUER, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 600 }

const signer = await makeSigner('one')
const stranger = await makeSigner('one')
const signers = { ES256: signer, EdDSA: await makeSigner('two', 'EdDSA'), RS256: await makeSigner('three', 'RS256') }

/** A pair of keys, and what signs with the private one. */
async function makeSigner(kid: string, alg = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const sign = (claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
  return { sign, publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid } }
}

function keySet(...keys: { jwk: object }[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })
}

async function startWithTokens(t: TestContext, settings: Record<string, string> = {}) {
  return startGuarded(t, { JWT_JWKS_FILE: makeFile(t, keySet(...Object.values(signers))), ...RULES, ...settings })
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a token of the issuer for this server is answered, by whichever of its keys it is signed, again and again', async (t) => {
  const app = await startWithTokens(t)
  for (const [alg, { sign }] of Object.entries(signers)) {
    const token = await sign(GOOD)
    for (let times = 0; times < 3; times += 1) assert.equal(await statusOf(app, bearer(token)), 200, alg)
  }
  assert.equal(await statusOf(app, bearer(await signer.sign({ ...GOOD, aud: ['other', AUDIENCE] }))), 200)
  assert.equal(await statusOf(app, { authorization: `bearer  ${await signer.sign(GOOD)}` }), 200)
})

/** What somebody could send who cannot sign for the issuer, or could once, or for somebody else. */
async function attacks(): Promise<readonly (readonly [attack: string, token: string, reason: RegExp])[]> {
  const good = await signer.sign(GOOD)
  const [header, , signature] = good.split('.')
  const { exp: _exp, ...endless } = GOOD
  const pem = await exportSPKI(signers.RS256.publicKey)
  const hmac = `${encode({ alg: 'HS256', kid: 'three' })}.${encode(GOOD)}`
  return [
    ['no algorithm', new UnsecuredJWT(GOOD).encode(), /algorithm|not a signed JWT/],
    [
      'no algorithm, another spelling',
      `${encode({ alg: 'nOnE', kid: 'one' })}.${encode(GOOD)}.`,
      /algorithm|not a signed/,
    ],
    ['no signature', `${header}.${encode(GOOD)}.`, /signature|not a signed/],
    [
      'the public key as a shared secret',
      `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
      /algorithm/,
    ],
    ['other claims under the signature', `${header}.${encode({ ...GOOD, sub: 'eve' })}.${signature}`, /signature/],
    ['the key of somebody else', await stranger.sign(GOOD), /signature/],
    ['a key in its own header', await stranger.sign(GOOD, { jwk: stranger.jwk }), /signature/],
    ['an unknown key id', await signer.sign(GOOD, { kid: 'nine' }), /no key/],
    ['an expired one', await signer.sign({ ...GOOD, exp: now - 60 }), /expired/],
    ['one without an end', await signer.sign(endless), /"exp" is missing/],
    ['one that is not valid yet', await signer.sign({ ...GOOD, nbf: now + 600 }), /not valid yet/],
    ['another audience', await signer.sign({ ...GOOD, aud: 'payments' }), /"aud"/],
    ['another issuer', await signer.sign({ ...GOOD, iss: `${ISSUER}/` }), /"iss"/],
    ['half of one', good.slice(0, 60), /not a signed JWT/],
    ['words', 'let.me.in', /not a signed JWT/],
  ]
}

for (const [attack, token, reason] of await attacks()) {
  test(`401 for a token with ${attack}`, async (t) => {
    const app = await startWithTokens(t)
    const response = await ask(app, bearer(token))
    assert.equal(response.statusCode, 401, response.body)
    assert.match(response.json().detail, reason)
    assert.match(response.headers['www-authenticate']?.toString() ?? '', /^Bearer realm=".+", error="invalid_token"$/)
  })
}

test('without a token, or with something else than one, the challenge names what would do', async (t) => {
  const app = await startWithTokens(t)
  for (const headers of [{}, { authorization: 'Basic YTpi' }, { authorization: 'Bearer' }, { 'x-api-key': 'k' }]) {
    const response = await ask(app, { ...headers })
    assert.equal(response.statusCode, 401)
    assert.match(response.headers['www-authenticate']?.toString() ?? '', /^Bearer realm="[^"]+"$/)
  }
  assert.equal(await statusOf(app, {}, `/metadata?access_token=${await signer.sign(GOOD)}`), 401)
})

test('a token that was good is refused when it has expired', async (t) => {
  const app = await startWithTokens(t)
  // Within the tolerance for clocks that differ (5 s), and out of it a second later.
  const token = await signer.sign({ ...GOOD, exp: Math.floor(Date.now() / 1000) - 3 })
  assert.equal(await statusOf(app, bearer(token)), 200)
  await until(async () => (await statusOf(app, bearer(token))) === 401)
})

test('403 for a token of somebody who may not', async (t) => {
  const app = await startWithTokens(t, { JWT_SCOPE: 'predict' })
  for (const claims of [{}, { scope: 'read' }, { scope: 'predicted unpredict' }, { scp: ['read'] }]) {
    const response = await ask(app, bearer(await signer.sign({ ...GOOD, ...claims })))
    assert.equal(response.statusCode, 403)
    assert.match(response.headers['www-authenticate']?.toString() ?? '', /error="insufficient_scope", scope="predict"/)
  }
  for (const claims of [{ scope: 'read predict' }, { scp: ['predict'] }])
    assert.equal(await statusOf(app, bearer(await signer.sign({ ...GOOD, ...claims }))), 200)
})

test('where keys and tokens are both on, either will do, and neither will not', async (t) => {
  const app = await startWithTokens(t, { API_KEYS_FILE: makeFile(t, keyLine('team-a', 'right')) })
  const good = bearer(await signer.sign(GOOD))
  assert.equal(await statusOf(app, good), 200)
  assert.equal(await statusOf(app, { 'x-api-key': 'right' }), 200)
  assert.equal(await statusOf(app, { 'x-api-key': 'wrong', ...good }), 200)
  assert.equal(await statusOf(app, { 'x-api-key': 'right', ...bearer('a.b.c') }), 200)
  assert.equal(await statusOf(app, { 'x-api-key': 'wrong', ...bearer('a.b.c') }), 401)
  const { headers } = await ask(app)
  assert.match(headers['www-authenticate']?.toString() ?? '', /^ApiKey realm="[^"]+", Bearer realm="[^"]+"$/)
})

test('only the algorithms that are set are taken', async (t) => {
  const app = await startWithTokens(t, { JWT_ALGORITHMS: 'ES256' })
  assert.equal(await statusOf(app, bearer(await signers.ES256.sign(GOOD))), 200)
  assert.equal(await statusOf(app, bearer(await signers.RS256.sign(GOOD))), 401)
})

test('a key that the issuer takes back opens nothing any more, also for tokens that were good', async (t) => {
  const file = makeFile(t, keySet(signers.ES256))
  const app = await startGuarded(t, { JWT_JWKS_FILE: file, ...RULES })
  const [old, young] = [bearer(await signers.ES256.sign(GOOD)), bearer(await signers.RS256.sign(GOOD))]
  assert.equal(await statusOf(app, old), 200)
  writeFileSync(file, keySet(signers.RS256))
  await until(async () => (await statusOf(app, young)) === 200)
  assert.equal(await statusOf(app, old), 401)
})

test('a server does not start with rules or keys that would not hold', async (t) => {
  const file = makeFile(t, keySet(signer))
  const secret = { jwk: await exportJWK(signer.privateKey) }
  const cases: readonly (readonly [settings: Record<string, string>, reason: RegExp])[] = [
    [{ JWT_ISSUER: '' }, /JWT_ISSUER/],
    [{ JWT_AUDIENCE: '' }, /JWT_AUDIENCE/],
    [{ JWT_ALGORITHMS: 'ES256,HS256' }, /"HS256" is not one of/],
    [{ JWT_ALGORITHMS: 'none' }, /"none" is not one of/],
    [{ JWT_ALGORITHMS: '' }, /JWT_ALGORITHMS/],
    [{ JWT_JWKS_FILE: makeFile(t, '{') }, /not JSON/],
    [{ JWT_JWKS_FILE: makeFile(t, '{"keys":[]}') }, /no key/],
    [{ JWT_JWKS_FILE: makeFile(t, '{"keys":[null]}') }, /not a JSON Web Key Set/],
    [{ JWT_JWKS_FILE: makeFile(t, '[]') }, /not a JSON Web Key Set/],
    [{ JWT_JWKS_FILE: makeFile(t, keySet(signer, secret)) }, /key 2 is a private key/],
    [{ JWT_JWKS_FILE: makeFile(t, keySet({ jwk: { kty: 'oct', k: 'AAAA' } })) }, /shared secret/],
  ]
  for (const [settings, reason] of cases)
    await assert.rejects(startServer({ JWT_JWKS_FILE: file, ...RULES, ...settings }), reason)
})
