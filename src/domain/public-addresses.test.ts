import { BlockList, isIPv4 } from 'node:net'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { isPublicAddress, isPublicName } from './public-addresses.ts'

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::ffff:8.8.8.8',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::7f00:1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '127.1',
  '2130706433',
  '0177.0.0.1',
  '0x7f000001',
  'localhost',
  '',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.0', '100.63.255.255', '2606:4700::1'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test('no IPv4 address of a private, local or shared network is public, by an independent list', () => {
  const closed = new BlockList()
  for (const [network, bits] of [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['100.64.0.0', 10],
    ['224.0.0.0', 3],
  ] as const) {
    closed.addSubnet(network, bits)
  }
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      if (isIPv4(address) && closed.check(address)) expect(isPublicAddress(address)).toBe(false)
    }),
  )
})

test.each([
  'localhost',
  'a.localhost',
  'metadata',
  'metadata.google.internal',
  'x.LOCAL',
  'db.home.arpa.',
])('the name %s is nobody else’s', (name) => {
  expect(isPublicName(name)).toBe(false)
})

test('ordinary names are public', () => {
  expect(isPublicName('example.com')).toBe(true)
  expect(isPublicName('internal.example.com')).toBe(true)
})
