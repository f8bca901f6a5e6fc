import { BlockList, isIP } from 'node:net'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { isInRanges, readIpRange, type IpRange } from './ip-ranges.ts'

function range(text: string): IpRange {
  const reading = readIpRange(text)
  if (reading.kind === 'mistake') return expect.fail(`${text} ${reading.problem}`)
  return reading.range
}

const mistakeIn = (text: string): string | undefined => {
  const reading = readIpRange(text)
  return reading.kind === 'mistake' ? reading.problem : undefined
}

describe('a range', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.255', '192.0.3.0'],
    ['192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['128.0.0.0/1', '255.0.0.0', '127.255.255.255'],
    ['2001:db8::/32', '2001:db8:ffff::1', '2001:db9::'],
    ['::1', '0:0:0:0:0:0:0:1', '::2'],
    ['fe80::/10', 'febf::1', 'fec0::1'],
    ['::/0', 'ffff::', '1.2.3.4'],
    ['2001:db8::192.0.2.1', '2001:db8::c000:201', '2001:db8::c000:202'],
  ])('%s holds %s and not %s', (text, inside, outside) => {
    expect(isInRanges(inside, [range(text)])).toBe(true)
    expect(isInRanges(outside, [range(text)])).toBe(false)
  })

  test('an IPv4 address in IPv6 clothes is the IPv4 address', () => {
    expect(isInRanges('::ffff:192.0.2.9', [range('192.0.2.0/24')])).toBe(true)
    expect(isInRanges('::ffff:c000:209', [range('192.0.2.0/24')])).toBe(true)
    expect(isInRanges('::ffff:192.0.2.9', [range('::/0')])).toBe(false)
  })

  test.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '::g'])(
    '"%s" is an address of no range',
    (text) => {
      expect(isInRanges(text, [range('0.0.0.0/0'), range('::/0')])).toBe(false)
    },
  )

  test.each([
    ['10.0.0.1/8', 'has bits behind its prefix: write "10.0.0.0/8"'],
    ['2001:db8::1/32', 'has bits behind its prefix: write "2001:db8::/32"'],
    ['10.0.0.0/33', 'has a prefix length that is not a whole number from 0 to 32'],
    ['::/129', 'has a prefix length that is not a whole number from 0 to 128'],
    ['10.0.0.0/', 'has a prefix length that is not a whole number from 0 to 32'],
    ['10.0.0.0/8/8', 'is not an IP address'],
    ['::ffff:10.0.0.0/104', 'is an IPv4 address inside IPv6'],
    ['1::2::3', 'is not an IP address'],
    ['1:2:3:4:5:6:7:8:9', 'is not an IP address'],
    ['1:2:3:4:5:6:7::8', 'is not an IP address'],
    ['1:2:3:4:5:6:7:8::', 'is not an IP address'],
    ['fe80::1%eth0', 'is not an IP address'],
    ['192.0.2.0-192.0.2.9', 'is not an IP address'],
  ])('%s: %s', (text, problem) => {
    expect(mistakeIn(text)).toContain(problem)
  })
})

const ipv4 = fc.ipV4()
const ipv6 = fc.ipV6()

describe('beside the judgement of Node', () => {
  test('every address is read, and every other text refused, alike', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6, fc.string({ unit: 'binary', maxLength: 20 })), (text) => {
        if (text.includes('/') || text.includes('%')) return
        const isRefused = mistakeIn(text)?.startsWith('is not an IP address') ?? false
        expect(isRefused).toBe(isIP(text) === 0)
      }),
    )
  })

  test('an address is inside for both, or outside for both', () => {
    const cases = fc.oneof(
      fc.tuple(ipv4, ipv4, fc.integer({ min: 0, max: 32 })),
      fc.tuple(ipv6, ipv6, fc.integer({ min: 0, max: 128 })),
    )
    fc.assert(
      fc.property(cases, fc.boolean(), ([network, other, bits], isSame) => {
        const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
        const address = isSame ? network : other
        const reading = readIpRange(`${network}/${bits}`)
        const start = reading.kind === 'range' ? `${network}/${bits}` : suggested(reading.problem)
        if (start === undefined) return
        const list = new BlockList()
        list.addSubnet(network, bits, family)
        expect(isInRanges(address, [range(start)])).toBe(list.check(address, family))
      }),
      { numRuns: 2_000 },
    )
  })
})

/** The range that a complaint about surplus bits suggests. */
function suggested(problem: string): string | undefined {
  return /write "(.+)"/.exec(problem)?.[1]
}
