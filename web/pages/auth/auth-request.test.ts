import { describe, expect, test } from 'vitest'

import { readAuth, refusedAddress } from './auth-request.ts'
import { type AuthSearch, readAuthSearch } from './auth-search.ts'

const nowMs = Date.parse('2030-01-01T00:00:00Z')
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const asked = (more: AuthSearch = {}) =>
  readAuth({ callback_url: 'https://app.example/back', code_challenge: challenge, ...more }, nowMs)
const wrongIn = (more: AuthSearch) => {
  const read = asked(more)
  return read.kind === 'wrong' ? read.problems.map(({ param }) => param) : []
}

describe('what an app asks', () => {
  test('is called by its host, and a key may spend little when nothing is suggested', () => {
    const read = asked()
    expect(read).toMatchObject({
      kind: 'request',
      request: {
        ...{ host: 'app.example', isOnThisMachine: false, challengeMethod: 'S256', label: null },
        ...{ limit: { amount: '10', reset: 'monthly' }, expiresAt: null },
      },
    })
  })

  test('is taken as it is suggested; a limit without a reset never starts anew', () => {
    const read = asked({ limit: '2.50', key_label: 'My app', code_challenge_method: 'plain' })
    expect(read).toMatchObject({
      request: {
        ...{ label: 'My app', challengeMethod: 'plain' },
        limit: { amount: '2.50', reset: 'never' },
      },
    })
  })

  test('without an address to return to, the code is to be shown', () => {
    expect(readAuth({ code_challenge: challenge }, nowMs)).toMatchObject({
      request: { callback: null, host: null },
    })
  })

  test.each(['http://localhost:3000/x', 'http://127.0.0.1/', 'http://[::1]:8/'])(
    'a program on this machine is known as one: %s',
    (callback) => {
      expect(asked({ callback_url: callback })).toMatchObject({
        request: { isOnThisMachine: true },
      })
    },
  )
})

describe('nobody is sent anywhere', () => {
  test.each([
    ...['http://app.example/', 'javascript:alert(1)', 'data:text/html,x', '//app.example'],
    ...['https://user:pass@app.example/', 'https://app.example/#x', 'myapp://back', 'nonsense'],
    `https://${'a.'.repeat(130)}example/`,
  ])('when the address to return to is none: %s', (callback) => {
    expect(wrongIn({ callback_url: callback })).toEqual(['callback_url'])
  })

  test.each([
    [{ code_challenge: 'short' }, 'code_challenge'],
    [{ code_challenge: '' }, 'code_challenge'],
    [{ code_challenge_method: 'MD5' }, 'code_challenge_method'],
    [{ key_label: 'evil\u202etxt' }, 'key_label'],
    [{ key_label: 'x'.repeat(101) }, 'key_label'],
    [{ limit: '-1' }, 'limit'],
    [{ limit: '1e3' }, 'limit'],
    [{ limit: '0.0000000001' }, 'limit'],
    [{ limit_reset: 'hourly' }, 'limit_reset'],
    [{ expires_at: '2029-12-31T00:00:00Z' }, 'expires_at'],
    [{ expires_at: 'soon' }, 'expires_at'],
  ] as const)('when something else makes no sense: %j', (search, param) => {
    expect(wrongIn(search)).toEqual([param])
  })

  test('and everything that is wrong is said at once', () => {
    expect(wrongIn({ callback_url: 'x', code_challenge: 'x', limit: 'x' })).toEqual([
      ...['callback_url', 'code_challenge', 'limit'],
    ])
  })
})

test('an address is read as text, whatever it looks like', () => {
  expect(readAuthSearch({ limit: 10, key_label: true, callback_url: ['x'], more: 'x' })).toEqual({
    limit: '10',
    key_label: 'true',
  })
})

test('whoever refuses goes back with that word alone', () => {
  expect(refusedAddress(new URL('https://app.example/back?state=1'))).toBe(
    'https://app.example/back?state=1&error=access_denied',
  )
})
