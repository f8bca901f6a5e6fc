import type { ProviderProtocolName } from '#domain/catalogue.ts'
import type { PlainCall, PlainEncoding } from '#gateway/canonical/plain-protocol.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { endpointUrl } from '#gateway/providers/openai/endpoint-url.ts'

import type { AskedEmbeddings } from './embeddings-protocol.ts'

/** The requests that ask one provider for these embeddings. */
export function encodeEmbeddings(
  asked: AskedEmbeddings,
  protocol: ProviderProtocolName,
  target: EncodingTarget,
): PlainEncoding {
  switch (protocol) {
    case 'openai':
    case 'openai-responses':
    case 'azure-openai':
      return forOpenai(asked, target)
    case 'gemini':
      return asked.tokens.length > 0 ? noTokens : encoded([forGemini(asked, target)])
    case 'bedrock':
      return asked.tokens.length > 0 ? noTokens : forBedrock(asked, target)
    default:
      return { kind: 'impossible', param: 'model', detail: 'This provider has no embeddings.' }
  }
}

const noTokens: PlainEncoding = {
  kind: 'impossible',
  param: 'input',
  detail: 'This provider takes texts, not tokens.',
}

function encoded(calls: readonly PlainCall[]): PlainEncoding {
  return { kind: 'encoded', calls, warnings: [] }
}

function jsonCall(url: string, body: JsonObject): PlainCall {
  return { url, message: { kind: 'json', body } }
}

/** These servers call the number of dimensions otherwise. */
const otherDimensions = /mistral\.ai|voyageai\.com/

function forOpenai(asked: AskedEmbeddings, target: EncodingTarget): PlainEncoding {
  const { texts, tokens, dimensions, encoding, user, inputType } = asked
  const isOwn = otherDimensions.test(target.baseUrl)
  const input = tokens.length > 0 ? tokens : texts
  return encoded([
    jsonCall(endpointUrl(target, '/embeddings'), {
      model: target.upstreamModel,
      input: input.length === 1 ? input[0] : input,
      // What a server cannot encode comes as numbers, and is encoded here.
      ...(encoding === 'base64' && !isOwn ? { encoding_format: 'base64' } : {}),
      ...(dimensions === null ? {} : { [isOwn ? 'output_dimension' : 'dimensions']: dimensions }),
      ...(inputType === null ? {} : { input_type: inputType }),
      ...(user === null || isOwn ? {} : { user }),
    }),
  ])
}

const taskTypes: Readonly<Record<string, string>> = {
  search_query: 'RETRIEVAL_QUERY',
  query: 'RETRIEVAL_QUERY',
  search_document: 'RETRIEVAL_DOCUMENT',
  document: 'RETRIEVAL_DOCUMENT',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
}

function forGemini(asked: AskedEmbeddings, target: EncodingTarget): PlainCall {
  const { texts, dimensions, inputType } = asked
  const { upstreamModel, baseUrl } = target
  const taskType = inputType === null ? undefined : taskTypes[inputType]
  const requests = texts.map((text) => ({
    model: `models/${upstreamModel}`,
    content: { parts: [{ text }] },
    ...(taskType === undefined ? {} : { taskType }),
    ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
  }))
  const url = `${baseUrl.replace(/\/+$/, '')}/models/${encodeURIComponent(upstreamModel)}:batchEmbedContents`
  return jsonCall(url, { requests })
}

/** Cohere's models take many texts at once; Amazon's take one. */
function forBedrock(
  asked: AskedEmbeddings,
  { baseUrl, upstreamModel }: EncodingTarget,
): PlainEncoding {
  const { texts, dimensions, inputType } = asked
  const url = `${baseUrl.replace(/\/+$/, '')}/model/${encodeURIComponent(upstreamModel)}/invoke`
  if (/cohere\./.test(upstreamModel)) {
    return encoded([
      jsonCall(url, {
        texts,
        input_type: cohereType(inputType),
        embedding_types: ['float'],
        ...(dimensions === null ? {} : { output_dimension: dimensions }),
      }),
    ])
  }
  return encoded(
    texts.map((text) =>
      jsonCall(url, {
        inputText: text,
        ...(dimensions === null ? {} : { dimensions, normalize: true }),
      }),
    ),
  )
}

function cohereType(inputType: string | null): string {
  if (inputType === 'query') return 'search_query'
  return inputType === null || inputType === 'document' ? 'search_document' : inputType
}
