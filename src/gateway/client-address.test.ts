import type { IncomingMessage } from 'node:http'

import { describe, expect, test } from 'vitest'

import { clientAddressBehind, ProxyListError } from './client-address.ts'

function request(peer: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return { headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage
}

describe('the client of a connection', () => {
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    [undefined, null],
  ])('%s is %s', (peer, client) => {
    expect(clientAddressBehind([])(request(peer))).toBe(client)
  })

  test('cannot make itself another by writing the header', () => {
    expect(clientAddressBehind([])(request('1.2.3.4', '9.9.9.9'))).toBe('1.2.3.4')
    expect(clientAddressBehind(['10.0.0.0/8'])(request('1.2.3.4', '9.9.9.9'))).toBe('1.2.3.4')
  })
})

describe('behind trusted proxies', () => {
  const addressOf = clientAddressBehind(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'])

  test.each([
    ['10.0.0.1', '5.6.7.8', '5.6.7.8'],
    ['10.0.0.1', '9.9.9.9, 5.6.7.8', '5.6.7.8'],
    ['10.0.0.1', '9.9.9.9, 5.6.7.8, 10.2.3.4', '5.6.7.8'],
    ['10.0.0.1', '5.6.7.8, 192.0.2.7, 10.2.3.4', '5.6.7.8'],
    ['2001:db8::5', '5.6.7.8', '5.6.7.8'],
    ['::ffff:10.0.0.1', '[2a00::1]:443', '2a00::1'],
    ['10.0.0.1', '5.6.7.8:1234', '5.6.7.8'],
    ['10.0.0.1', '10.9.9.9', '10.9.9.9'],
    ['10.0.0.1', 'unknown, 10.2.3.4', '10.2.3.4'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['192.0.2.8', '5.6.7.8', '192.0.2.8'],
  ])('%s with %s is %s', (peer, forwarded, client) => {
    expect(addressOf(request(peer, forwarded))).toBe(client)
  })

  test.each(['10.0.0.0/33', 'localhost', '10.0.0', '', '::1/129', '1.2.3.4/a', '1.2.3.4/-1'])(
    '%j is no proxy',
    (entry) => {
      expect(() => clientAddressBehind([entry])).toThrow(ProxyListError)
    },
  )
})
