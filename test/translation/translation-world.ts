import type { ProviderProtocolName } from '#domain/catalogue.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

import { chatLibrary } from './client-libraries/chat-library.ts'
import { geminiLibrary } from './client-libraries/gemini-library.ts'
import { messagesLibrary } from './client-libraries/messages-library.ts'
import { responsesLibrary } from './client-libraries/responses-library.ts'
import type { ClientLibrary } from './heard.ts'
import { speak, type ScriptedAnswer } from './scripted-answer.ts'

/** Every protocol of providers, in the order of the tables. */
export const providerNames: readonly ProviderProtocolName[] = [
  'openai',
  'openai-responses',
  'azure-openai',
  'anthropic',
  'gemini',
  'bedrock',
]

/** One gateway in front of one provider of each protocol, and every client's own library. */
export interface TranslationWorld {
  readonly protocol: ProviderProtocolName
  readonly gateway: GatewayWorld
  readonly upstream: ScriptedUpstream
  readonly libraries: readonly ClientLibrary[]
  /** What the provider answers from now on, in its own words, whole or as a stream as it is asked. */
  readonly answer: (answer: ScriptedAnswer) => void
  readonly close: () => Promise<void>
}

/** Starts one. Base addresses have the form that each provider's own have. */
export async function startTranslationWorld(
  protocol: ProviderProtocolName,
): Promise<TranslationWorld> {
  const upstream = await startScriptedUpstream(answerWith(500, {}))
  const origin = new URL(upstream.baseUrl).origin
  const withVersion = protocol === 'bedrock' || protocol === 'azure-openai' ? '' : '/v1'
  const gateway = await startGatewayWorld({
    contentMode: 'full',
    // What can be asked of Bedrock depends on whose model it is.
    ...(protocol === 'bedrock' && {
      upstreamModel: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    }),
    providers: [{ baseUrl: origin + withVersion, protocol, slug: protocol, name: 'The provider' }],
    model: {
      inputModalities: ['text', 'image', 'file'],
      contextLength: 400_000,
      maxOutput: 16_000,
      imageTokensMax: 1_000,
    },
  })
  const address = { url: gateway.url, key: gateway.customer.secret }
  return {
    protocol,
    gateway,
    upstream,
    libraries: [chatLibrary, responsesLibrary, messagesLibrary, geminiLibrary].map((make) =>
      make(address),
    ),
    answer(scripted) {
      upstream.script = async ({ received, response }) => {
        const { contentType, chunks } = speak(protocol, scripted, asksForStream(received))
        response.writeHead(200, { 'content-type': contentType })
        for (const chunk of chunks) {
          response.write(chunk)
          await new Promise((resolve) => setImmediate(resolve))
        }
        response.end()
      }
    },
    async close() {
      await gateway.close()
      await upstream.close()
    },
  }
}

/** Whether a request that a provider received asks for a stream, in any protocol. */
export function asksForStream({ path, body }: { path: string; body: string }): boolean {
  if (/streamGenerateContent|converse-stream/.test(path)) return true
  return (JSON.parse(body) as { stream?: boolean }).stream === true
}
