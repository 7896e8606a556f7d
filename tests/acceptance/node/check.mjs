// openid-client and jose, as published, against the server. Each line printed is one finding; none printed, all held.
import * as client from 'openid-client'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'

const { url, id, value, foreign } = JSON.parse(process.env.CHECK)
const plain = { execute: [client.allowInsecureRequests] } // the server under test has no TLS
let held = 0

function equal(what, actual, expected) {
  if (JSON.stringify(actual) === JSON.stringify(expected)) held += 1
  else console.log(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}

async function rejects(what, call, code) {
  try {
    await call()
    console.log(`${what}: expected ${code}, got an answer`)
  } catch (error) {
    equal(what, error.error ?? error.code, code)
  }
}

const authentications = {
  basic: client.ClientSecretBasic(value),
  post: client.ClientSecretPost(value),
}
const discover = (authentication, clientId = id) =>
  client.discovery(new URL(url), clientId, undefined, authentication, { ...plain, algorithm: 'oauth2' })

for (const [name, authentication] of Object.entries(authentications)) {
  const configuration = await discover(authentication)
  const metadata = configuration.serverMetadata()
  equal(`${name}: issuer`, metadata.issuer, url)
  const scope = 'read:THING/a/b'
  const bought = await client.clientCredentialsGrant(configuration, { scope })
  equal(`${name}: token_type`, bought.token_type, 'bearer')
  equal(`${name}: scope`, bought.scope, scope)
  equal(`${name}: expires_in`, bought.expires_in, 600)

  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))
  const checks = { issuer: url, audience: `${url}/api`, typ: 'at+jwt', algorithms: ['ES256', 'EdDSA'] }
  const { payload } = await jwtVerify(bought.access_token, keys, checks)
  equal(`${name}: sub`, payload.sub, `key:${id}`)
  const wrong = { ...checks, audience: `${url}/admin` }
  await rejects(`${name}: another audience`, () => jwtVerify(bought.access_token, keys, wrong), 'ERR_JWT_CLAIM_VALIDATION_FAILED')
  await rejects(`${name}: of nobody`, () => jwtVerify(foreign, keys, checks), 'ERR_JWKS_NO_MATCHING_KEY')

  const shown = await client.tokenIntrospection(configuration, bought.access_token)
  equal(`${name}: introspection`, [shown.active, shown.client_id, shown.scope], [true, id, scope])
  await client.tokenRevocation(configuration, bought.access_token)
  equal(`${name}: revoked`, await client.tokenIntrospection(configuration, bought.access_token), { active: false })
  await rejects(`${name}: too much`, () => client.clientCredentialsGrant(configuration, { scope: '*:*' }), 'invalid_scope')
  const target = { resource: 'https://other.example/' }
  await rejects(`${name}: a target`, () => client.clientCredentialsGrant(configuration, target), 'invalid_target')
}

const configuration = await discover(authentications.basic)
// ES256 only: it names an Ed25519 key's algorithm as RFC 9864 does, and Keydesk as RFC 8037.
const proof = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair('ES256'))
const bound = await client.clientCredentialsGrant(configuration, {}, { DPoP: proof })
equal('bound: token_type', bound.token_type, 'dpop')
equal('bound: typ', decodeProtectedHeader(bound.access_token).typ, 'at+jwt')
const known = await client.tokenIntrospection(configuration, bound.access_token)
equal('bound: cnf', typeof known.cnf?.jkt, 'string')

const exchanged = await client.genericGrantRequest(
  await client.discovery(new URL(url), id, undefined, client.None(), { ...plain, algorithm: 'oauth2' }),
  'urn:ietf:params:oauth:grant-type:token-exchange',
  { subject_token: value, subject_token_type: 'urn:keydesk:params:oauth:token-type:api-key' },
)
equal('exchange', exchanged.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token')

const stranger = await discover(client.ClientSecretBasic('wrong'))
await rejects('a wrong secret', () => client.clientCredentialsGrant(stranger), 'OAUTH_WWW_AUTHENTICATE_CHALLENGE')

if (held < 25) console.log(`only ${held} things were looked at`)
