import { expect, test } from 'vitest'

import { azureOpenaiProtocol } from '#gateway/providers/openai/openai-protocol.ts'

const resource = 'https://r.openai.azure.com'
const foundry = 'https://r.services.ai.azure.com/models'

test.each([
  [
    resource,
    `${resource}/openai/deployments/gpt%204o/chat/completions?api-version=2025-04-01-preview`,
  ],
  [
    `${resource}/`,
    `${resource}/openai/deployments/gpt%204o/chat/completions?api-version=2025-04-01-preview`,
  ],
  [
    `${resource}/openai?api-version=2024-10-21`,
    `${resource}/openai/deployments/gpt%204o/chat/completions?api-version=2024-10-21`,
  ],
  [
    `${resource}/openai/deployments/{model}?api-version=1`,
    `${resource}/openai/deployments/gpt%204o/chat/completions?api-version=1`,
  ],
  [
    `${resource}/openai/deployments/mine?api-version=1`,
    `${resource}/openai/deployments/mine/chat/completions?api-version=1`,
  ],
  [`${resource}/openai/v1/`, `${resource}/openai/v1/chat/completions`],
  [foundry, `${foundry}/chat/completions?api-version=2024-05-01-preview`],
  [`${foundry}?api-version=2`, `${foundry}/chat/completions?api-version=2`],
])('chat completions of %s are at %s', (baseUrl, url) => {
  const target = {
    provider: 'azure',
    upstreamModel: 'gpt 4o',
    maxOutputTokens: 1,
    maxTokens: null,
    baseUrl,
  }
  const body = { model: 'x', messages: [{ role: 'user', content: 'Hi.' }] }
  expect(azureOpenaiProtocol.encodeNative?.(body, target)).toMatchObject({
    url,
    body: { model: 'gpt 4o', messages: body.messages },
  })
})
