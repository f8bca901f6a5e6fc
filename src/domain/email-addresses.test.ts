import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { abuseFormOf, readEmail } from './email-addresses.ts'

const toAscii = (host: string) =>
  /[\s/?#@:\\[\]%]/.test(host) ? undefined : URL.parse(`http://${host}/`)?.hostname
const read = (text: string) => {
  const reading = readEmail(text, toAscii)
  return reading.kind === 'email' ? reading.email : undefined
}

describe('the canonical form of an address', () => {
  test.each([
    ['ada@example.com', 'ada@example.com'],
    ['  Ada@EXAMPLE.com ', 'ada@example.com'],
    ['ADA+news@Example.COM', 'ada+news@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@ｅｘａｍｐｌｅ.com', 'ada@example.com'],
    ['a.d-a_!#$%&*/=?^`{|}~@a.b.example', 'a.d-a_!#$%&*/=?^`{|}~@a.b.example'],
  ])('%s is %s', (text, email) => {
    expect(read(text)).toBe(email)
  })

  test.each([
    ...['', '@', 'ada', 'ada@', '@example.com', 'ada@example', 'ada@localhost'],
    ...['ada@127.0.0.1', 'ada@[127.0.0.1]', 'ada@1.2', 'ada@0x7f.1', 'ada@2130706433'],
    ...['a da@example.com', '"a da"@example.com', 'ada(x)@example.com', '<ada@example.com>'],
    ...['ada@example.com,eve@example.com', 'ada@example.com;eve@example.com', 'a,b@example.com'],
    ...['ada@exa mple.com', 'ada@example..com', 'ada@-example.com', 'ada@example.com/x'],
    ...['.ada@example.com', 'ada.@example.com', 'a..da@example.com', 'ada@eve@example.com'],
    ...['äda@example.com', 'ada\u200b@example.com', 'ada@example.com\r\nBcc: eve@example.com'],
    ...['ada\r\n@example.com', 'ada\0@example.com', 'ada@exa\0mple.com', 'ада@example.com'],
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'abcdefgh.'.repeat(40)}com`,
  ])('%j is no address', (text) => {
    expect(read(text)).toBeUndefined()
  })

  test('reading a canonical form gives the same form, and it never holds what ends a header', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('@', '.', '\r\n', '\n', ',', ';', '<', '>', ':', ' ', 'Bcc:', 'ada'),
      fc.constantFrom('example.com', 'BÜCHER.example'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const email = read(pieces.join(''))
        if (email === undefined) return
        expect(read(email)).toBe(email)
        expect(email).toMatch(/^[!-~]+$/)
        expect(email).not.toMatch(/[,;:<>()[\]\\"\s]/)
        expect(email.split('@')).toHaveLength(2)
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('the form by which trials are counted', () => {
  test('tags and dots that a provider ignores do not make another mailbox', () => {
    expect(abuseFormOf('a.d.a+x@googlemail.com').form).toBe('ada@gmail.com')
    expect(abuseFormOf('ada@gmail.com').form).toBe('ada@gmail.com')
    expect(abuseFormOf('a.da+x@example.com').form).toBe('a.da@example.com')
  })

  test('a mailbox that is thrown away is known as one', () => {
    expect(abuseFormOf('ada@mailinator.com').isDisposable).toBe(true)
    expect(abuseFormOf('ada@example.com').isDisposable).toBe(false)
  })
})
