import type { FaultCode } from '#domain/faults.ts'

import * as shapes from './endpoint-shapes.ts'
import type { Route } from './route.ts'

/** Faults of every request to a model. */
export const faultsOfAsking: readonly FaultCode[] = [
  'insufficient_credits',
  'spend_limit_exceeded',
  'model_not_found',
  'model_not_for_endpoint',
  'no_endpoint_allowed',
  'conflict',
  'idempotency_key_reused',
  'idempotency_key_in_use',
  'idempotent_answer_not_kept',
  'rate_limit_exceeded',
  'provider_rejected',
  'provider_unavailable',
  'provider_invalid_response',
  'provider_error',
  'provider_timeout',
]

const asked = {
  tag: 'Models',
  method: 'POST',
  caller: 'inference',
  status: 200,
  faults: faultsOfAsking,
} as const

/** The endpoints of the model API beside chat. */
export const endpointRoutes = {
  createCompletion: {
    ...asked,
    id: 'createCompletion',
    path: '/v1/completions',
    summary:
      'Let a model go on with a text; over a model that only chats, as the message of a user',
    body: shapes.completionBody,
    output: shapes.completionShape,
    alsoAnswers: 'text/event-stream',
  },
  createEmbedding: {
    ...asked,
    id: 'createEmbedding',
    path: '/v1/embeddings',
    summary: 'Turn texts into vectors',
    body: shapes.embeddingsBody,
    output: shapes.embeddingsShape,
  },
  rerank: {
    ...asked,
    id: 'rerank',
    path: '/v1/rerank',
    summary: 'Put documents in the order in which they answer a query',
    body: shapes.rerankBody,
    output: shapes.rerankShape,
  },
  createModeration: {
    ...asked,
    id: 'createModeration',
    path: '/v1/moderations',
    summary: 'Judge texts and images',
    body: shapes.moderationsBody,
    output: shapes.moderationsShape,
  },
  createImage: {
    ...asked,
    id: 'createImage',
    path: '/v1/images/generations',
    summary: 'Make images of a prompt',
    body: shapes.imagesBody,
    output: shapes.imagesShape,
  },
  editImage: {
    ...asked,
    id: 'editImage',
    path: '/v1/images/edits',
    summary: 'Change images as a prompt says',
    body: shapes.imageEditsBody,
    bodyType: 'multipart/form-data',
    output: shapes.imagesShape,
  },
  createSpeech: {
    ...asked,
    id: 'createSpeech',
    path: '/v1/audio/speech',
    summary: 'Speak a text; what it cost is in the header X-Codelace-Cost',
    body: shapes.speechBody,
    output: shapes.speechShape,
    answerType: 'audio/*',
  },
  createTranscription: {
    ...asked,
    id: 'createTranscription',
    path: '/v1/audio/transcriptions',
    summary: 'Write speech down',
    body: shapes.transcriptionsBody,
    bodyType: 'multipart/form-data',
    output: shapes.transcriptionsShape,
    alsoAnswers: 'text/plain',
  },
} as const satisfies Record<string, Route>
