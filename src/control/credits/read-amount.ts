import { Fault } from '#domain/faults.ts'
import { grantNanoUsdMax } from '#domain/limits.ts'
import { formatUsd, nanoUsdMax, parseUsd, type NanoUsd } from '#domain/money.ts'

/**
 * Reads an amount of US dollars that is to be granted: above zero, exact, and no more than one grant may
 * be. Throws a fault that names the value and what is wrong with it.
 */
export function readGrantAmount(text: string): NanoUsd {
  const amount = parseUsd(text)
  if (amount === undefined) throw refusal(text, whyNotReadable(text))
  if (amount < 0n) throw refusal(text, 'must be above zero; a grant only adds')
  if (amount === 0n) throw refusal(text, 'must be above zero')
  if (amount > grantNanoUsdMax) throw refusal(text, tooMuch)
  return amount
}

/** Throws when this grant would lift the sum of all grants over what the ledger can hold. */
export function refuseOverflow(text: string, amount: NanoUsd, grantedBefore: NanoUsd): void {
  if (amount + grantedBefore <= nanoUsdMax) return
  throw refusal(text, `would lift the account over what it can hold (${formatUsd(nanoUsdMax)})`)
}

const tooMuch = `is more than one grant may be (${formatUsd(grantNanoUsdMax)})`

function whyNotReadable(text: string): string {
  if (/^-?\d{1,18}\.\d+$/.test(text)) {
    return 'has more than nine decimals: nothing is finer than a nano-dollar'
  }
  if (/^\d{19,}(\.\d+)?$/.test(text)) return tooMuch
  return 'must be a plain decimal number of US dollars, such as "5" or "0.25"'
}

function refusal(text: string, why: string): Fault {
  return new Fault('invalid_request', {
    param: 'amount',
    details: { detail: `amount: "${text}" ${why}.` },
  })
}
