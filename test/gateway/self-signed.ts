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

function pem(lines: readonly string[]): string {
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
