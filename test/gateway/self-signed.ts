import { createPrivateKey } from 'node:crypto'

/** A certificate for localhost that nobody trusts, with its key: made for tests, used for nothing else. */
export const selfSigned = {
  key: createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: 'UuRv7a83QlM-JR4vmwaRixEhv53iYVOt6jZaULJTuBI',
      y: 'Wcc060NzQnfLnrdr4zjv7E89oOZh8_pF6_QxkuH3KRc',
      d: 'dtpw3IzNw3m1mXk70ciXFIwcuYH06fQn7v-n5DgRVuQ',
    },
  }).export({ type: 'pkcs8', format: 'pem' }),
  cert: pem([
    'MIIBlTCCATugAwIBAgIUFD/CujVpHL63rNF613S72zUaM44wCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3',
    'N0MCAXDTI2MTEyMjEwMDgyMVoYDzIxMjYxMDI5MTAwODIxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjO',
    'PQIBBggqhkjOPQMBBwNCAARS5G/trzdCUz4lHi+bBpGLESG/neJhU63qNlpQslO4ElnHNOtDc0J3y563a+M47+xPPa',
    'DmYfP6Rev0MZLh9ykXo2kwZzAdBgNVHQ4EFgQU7pTyH2Rgm6kZOZ5WnVjEkgwr52YwHwYDVR0jBBgwFoAU7pTyH2Rg',
    'm6kZOZ5WnVjEkgwr52YwDwYDVR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwIDSA',
    'AwRQIgIeTAr59Er5liCgw1bAnxPzPSmLOS0bBhUYD5wx8t64QCIQClbwJkJ2i+Zzidskca/2nApFYz1ddIe6AyNxFJ',
    'WX8dmA==',
  ]),
}

/** The same for llm.example.com: a name that could be of the public internet. */
export const selfSignedPublicName = {
  key: createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: 'lnXNuadlBkyQLKB9YcvR97G83OB2TKkKzDmnVXqfTRA',
      y: 'hOGwKoFe6dJT8JCRcIlSY3_0yWqK-LoDIh99j5sMFq4',
      d: 'AE1gULTp6E11WmXICRiZoisXTpnqulyAIYH0F-Nos9s',
    },
  }).export({ type: 'pkcs8', format: 'pem' }),
  cert: pem([
    'MIIBpjCCAU2gAwIBAgIUbpuObJVMTkPtHdZgkLmHcqUZXK4wCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPbGxtLmV4YW',
    '1wbGUuY29tMCAXDTI2MTEyNjE2NTI0OVoYDzIxMjYxMTAyMTY1MjQ5WjAaMRgwFgYDVQQDDA9sbG0uZXhhbXBsZS5j',
    'b20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASWdc25p2UGTJAsoH1hy9H3sbzc4HZMqQrMOadVep9NEIThsCqBXu',
    'nSU/CQkXCJUmN/9Mlqivi6AyIffY+bDBauo28wbTAdBgNVHQ4EFgQUrKt9S3wmjGhWY69EiQWJ37z2bq0wHwYDVR0j',
    'BBgwFoAUrKt9S3wmjGhWY69EiQWJ37z2bq0wDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgg9sbG0uZXhhbXBsZS',
    '5jb20wCgYIKoZIzj0EAwIDRwAwRAIgHsm7OLf7GeOGFBB99y1U2IBQ8mBeYqqxUyYc2RBIogACID0QoVBW0Rj8J02R',
    'stPYNMM1usiXNMGGtdxDZCjHjbgA',
  ]),
}

function pem(lines: readonly string[]): string {
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
