import { Fault } from '#domain/faults.ts'

import { deliver, deliverFault } from './deliver.ts'
import type { House } from './house.ts'
import type { Life } from './life.ts'
import { meter, nothingMetered, type Metered } from './meter.ts'
import { loggedAnswer, loggedMessage } from './plain/plain-product.ts'
import { recordOf, type Ending } from './record.ts'
import { asFault } from './respond.ts'
import { clientProtocols } from './translate/protocols.ts'

/**
 * The one exit of every request: it is metered, settled and logged once, then its end is delivered, and
 * its content goes on its way. The end of an answer never leaves before its charge is durable; when it
 * cannot be made durable, an error leaves instead.
 */
export async function conclude(house: House, life: Life, ending: Ending): Promise<void> {
  let metered: Metered
  let final = ending
  try {
    const result = ending.kind === 'refused' ? nothingMetered : meter(house, life, ending)
    metered = result instanceof Promise ? await result : result
  } catch (error) {
    // The hold must end whatever happens, and nobody pays for our mistake.
    final = { kind: 'refused', fault: asFault(house, error) }
    metered = nothingMetered
  }
  life.allowance?.use(metered.usage.promptTokens + metered.usage.completionTokens)
  if (life.caller) {
    const record = recordOf(house, life, final, metered)
    if (!life.hold) house.credit.log(record)
    else {
      try {
        await life.hold.settle(record)
      } catch (error) {
        house.log.alarm('settle_failed', { id: life.id, error: String(error) })
        const fault = new Fault('service_unavailable', { retryAfterSeconds: 5, cause: error })
        deliverFault(house, life, ending, fault)
        return
      }
    }
    life.settled = record
  }
  if (final === ending) deliver(house, life, final, metered)
  else if (final.kind === 'refused') deliverFault(house, life, ending, final.fault)
  keepContent(house, life, ending, metered)
}

function keepContent(house: House, life: Life, ending: Ending, metered: Metered): void {
  const { caller } = life
  const request = life.contentMode === 'full' ? requestBytes(life) : undefined
  if (!request || !caller) return
  const response = responseBytes(ending, metered)
  if (!response) return
  house.contentQueue.offer(
    {
      id: life.id,
      accountId: caller.account.id,
      request,
      response: response.subarray(0, house.limits.contentBytesMax),
      streamed: ending.kind === 'stream',
    },
    life.createdAtMs,
  )
}

/** What was asked; undefined where it was never read. */
function requestBytes({ body, plain }: Life): Buffer | undefined {
  if (plain) return Buffer.from(loggedMessage(plain.message))
  return body?.foreign ? Buffer.from(JSON.stringify(body.request)) : body?.bytes
}

/** What the upstream sent; empty when it was asked and sent nothing, undefined when it was not asked. */
function responseBytes(ending: Ending, metered: Metered): Buffer | undefined {
  switch (ending.kind) {
    case 'answer':
      return ending.answer.bytes
    case 'stream':
      return Buffer.concat(ending.relay.received)
    // Whatever was spoken on the way, what is kept reads as a chat completion.
    case 'translated':
      return Buffer.from(ending.answer.writeForLog(metered))
    case 'translated_stream':
      return Buffer.from(ending.stream.writeForLog(clientProtocols.chat, metered) ?? '')
    case 'plain':
      return Buffer.from(loggedAnswer(ending.answer.write(metered)))
    case 'refused':
      return undefined
    default:
      return Buffer.alloc(0)
  }
}
