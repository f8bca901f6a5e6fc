import { z } from 'zod'

import { faultsOfAsking } from './endpoint-routes.ts'
import * as shapes from './protocol-shapes.ts'
import type { Route } from './route.ts'

const chatted = {
  tag: 'Models',
  method: 'POST',
  caller: 'inference',
  status: 200,
  faults: [
    ...faultsOfAsking,
    'context_length_exceeded',
    'media_address_not_allowed',
    'image_download_failed',
    'image_too_large',
    'unsupported_image_format',
    'own_credential_refused',
    'own_address_refused',
  ],
} as const
const counted = { ...chatted, faults: ['not_found'] } as const
const stored = {
  tag: 'Models',
  caller: 'inference',
  status: 200,
  params: z.strictObject({ id: z.string().describe('The id of a response: `resp_…`.') }),
  faults: ['invalid_request', 'not_found'],
} as const
const model = z.strictObject({ author: z.string(), slug: z.string() })
const google = { params: model, envelope: 'google' } as const

/** The addresses at which models are chatted with in another protocol than chat completions. */
export const protocolRoutes = {
  createResponse: {
    ...chatted,
    id: 'createResponse',
    path: '/v1/responses',
    summary: 'Ask a model by the Responses API; with `stream` the answer comes as events',
    body: shapes.responsesBody,
    output: shapes.responseShape,
    alsoAnswers: 'text/event-stream',
    faults: [...chatted.faults, 'not_found'],
  },
  showResponse: {
    ...stored,
    id: 'showResponse',
    method: 'GET',
    path: '/v1/responses/{id}',
    summary: 'Show a response that was kept',
    output: shapes.responseShape,
  },
  deleteResponse: {
    ...stored,
    id: 'deleteResponse',
    method: 'DELETE',
    path: '/v1/responses/{id}',
    summary: 'Delete a response that was kept, for good',
    output: shapes.deletedResponseShape,
  },
  listResponseInput: {
    ...stored,
    id: 'listResponseInput',
    method: 'GET',
    path: '/v1/responses/{id}/input_items',
    summary: 'List what led to a response that was kept',
    query: z.strictObject({
      limit: z.string().optional().describe('From 1 to 100; absent: 20.'),
      order: z.enum(['asc', 'desc']).optional().describe('Absent: newest first.'),
      after: z.string().optional().describe('The id of the item before the page.'),
    }),
    output: shapes.inputItemsShape,
  },
  countResponseInput: {
    ...counted,
    id: 'countResponseInput',
    path: '/v1/responses/input_tokens',
    summary: 'Estimate what a response would read, free of charge',
    body: shapes.responsesBody,
    output: shapes.inputTokensShape,
  },
  createMessage: {
    ...chatted,
    id: 'createMessage',
    path: '/v1/messages',
    summary: 'Ask a model by Anthropic’s Messages; `x-api-key` opens as well',
    body: shapes.messagesBody,
    output: shapes.messageShape,
    alsoAnswers: 'text/event-stream',
    envelope: 'anthropic',
  },
  countMessageTokens: {
    ...counted,
    id: 'countMessageTokens',
    path: '/v1/messages/count_tokens',
    summary: 'Estimate what a message would read, free of charge',
    body: shapes.messageCountBody,
    output: shapes.messageCountShape,
    envelope: 'anthropic',
  },
  generateContent: {
    ...chatted,
    ...google,
    id: 'generateContent',
    path: '/v1beta/models/{author}/{slug}:generateContent',
    summary: 'Ask a model by Gemini’s protocol; `x-goog-api-key` opens as well',
    body: shapes.generateContentBody,
    output: shapes.generateContentShape,
  },
  streamGenerateContent: {
    ...chatted,
    ...google,
    id: 'streamGenerateContent',
    path: '/v1beta/models/{author}/{slug}:streamGenerateContent',
    summary: 'The same as a stream: events with `alt=sse`, otherwise one JSON array that grows',
    query: z.strictObject({ alt: z.enum(['sse', 'json']).optional() }),
    body: shapes.generateContentBody,
    output: z.array(shapes.generateContentShape),
    alsoAnswers: 'text/event-stream',
  },
  countContentTokens: {
    ...counted,
    ...google,
    id: 'countContentTokens',
    path: '/v1beta/models/{author}/{slug}:countTokens',
    summary: 'Estimate what contents would put into a prompt, free of charge',
    body: shapes.contentCountBody,
    output: shapes.contentCountShape,
  },
  listGoogleModels: {
    id: 'listGoogleModels',
    tag: 'Models',
    method: 'GET',
    path: '/v1beta/models',
    caller: 'anyone',
    summary: 'List every model that can be chatted with, as Google’s clients read it',
    status: 200,
    output: shapes.googleModelListShape,
    faults: [],
    envelope: 'google',
  },
  showGoogleModel: {
    ...google,
    id: 'showGoogleModel',
    tag: 'Models',
    method: 'GET',
    path: '/v1beta/models/{author}/{slug}',
    caller: 'anyone',
    summary: 'Show one model, as Google’s clients read it',
    unknown: 'model_not_found',
    status: 200,
    output: shapes.googleModelShape,
    faults: [],
  },
} as const satisfies Record<string, Route>
