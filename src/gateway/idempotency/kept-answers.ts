import type { GenerationRecord } from '#domain/generation.ts'
import type { NodeId } from '#domain/identifiers.ts'
import {
  idempotencyClaimTtlMs,
  idempotentAnswerKeptMs,
  idempotentStoreAttemptsMax,
} from '#domain/limits.ts'
import type { GatewayLog } from '#gateway/log.ts'
import type { Clock } from '#ports/clock.ts'
import { VaultError, type ContentVault } from '#ports/content-vault.ts'
import type {
  ClaimResult,
  IdempotencyClaim,
  IdempotencyStore,
  RepeatableAnswer,
} from '#ports/idempotency.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import { repeatableHeaders } from './follow.ts'
import type { Recording } from './recording.ts'

/** Where answers are kept beside memory, and as whom. */
export interface KeptAnswersParts {
  readonly store: IdempotencyStore
  readonly nodeId: NodeId
  readonly vault: ContentVault
  readonly clock: Clock
  readonly log: GatewayLog
}

/** The name of a request with a key, and of the generation that answers it. */
export type RequestName = Omit<IdempotencyClaim, 'nodeId' | 'ttlMs'>

/** `alone`: the store is out of reach, and only this node's memory guards the key. */
export type Claimed = ClaimResult | { readonly kind: 'alone' }

/** The store's side of idempotency: claims, sealed answers, and patience with a store that is away. */
export interface KeptAnswers {
  readonly claim: (name: RequestName) => Promise<Claimed>
  /** Resolves when the store has it, or never will. */
  readonly keep: (
    name: RequestName,
    record: GenerationRecord,
    recording: Recording,
  ) => Promise<void>
  readonly release: (name: RequestName) => Promise<void>
  /** The text of an answer that was kept; undefined when it cannot be opened any more. */
  readonly open: (name: RequestName, answer: RepeatableAnswer) => Promise<Buffer | undefined>
}

const retryDelayMs = 1_000

/** Answers in a store that several nodes share. */
export function keepAnswersIn(parts: KeptAnswersParts): KeptAnswers {
  const { store, nodeId, vault, clock, log } = parts

  /** Only what may be on disk, and is whole, is sealed. */
  const seal = async (name: RequestName, record: GenerationRecord, recording: Recording) => {
    if (record.contentMode !== 'full' || !recording.isWhole) return null
    const { id, accountId, streamed } = record
    const content = { id, accountId, streamed, request: proofOf(name), response: recording.body() }
    const sealed = await vault.seal(content, record.createdAtMs)
    return { keyVersion: sealed.keyVersion, proof: sealed.request, body: sealed.response }
  }

  const keepOnce = async (name: RequestName, record: GenerationRecord, recording: Recording) => {
    const { status } = recording
    const sealed = await seal(name, record, recording)
    const headers = repeatableHeaders(recording.headers)
    const answer = { generationId: record.id, status, headers, sealed }
    await store.keep({ ...name, nodeId, ttlMs: idempotentAnswerKeptMs, answer })
  }

  return {
    claim: async (name) => {
      try {
        return await store.claim({ ...name, nodeId, ttlMs: idempotencyClaimTtlMs })
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error
        return { kind: 'alone' }
      }
    },

    keep: async (name, record, recording) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await keepOnce(name, record, recording)
        } catch (error) {
          const mayPass = error instanceof StoreUnavailable
          if (!mayPass || attempt >= idempotentStoreAttemptsMax) {
            log.warn('idempotent_answer_not_stored', { id: record.id, error: String(error) })
            return
          }
          await new Promise<void>((resolve) => clock.after(retryDelayMs, resolve))
        }
      }
    },

    release: async (name) => {
      try {
        await store.release(name)
      } catch (error) {
        // This node takes its own claim back when it needs it; for others it ends by itself.
        log.warn('idempotency_key_not_released', { id: name.generationId, error: String(error) })
      }
    },

    open: async (name, { generationId, headers, sealed }) => {
      if (!sealed) return undefined
      try {
        const { request, response } = await vault.open({
          id: generationId,
          accountId: name.accountId,
          createdAtMs: 0,
          streamed: isEventStream(headers),
          keyVersion: sealed.keyVersion,
          request: sealed.proof,
          response: sealed.body,
        })
        const isOurs = Buffer.compare(request, proofOf(name)) === 0
        return isOurs
          ? Buffer.from(response.buffer, response.byteOffset, response.length)
          : undefined
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
        return undefined
      }
    },
  }
}

/** Answers in memory alone. */
export const keepNothing: KeptAnswers = {
  claim: async () => ({ kind: 'alone' }),
  keep: async () => undefined,
  release: async () => undefined,
  open: async () => undefined,
}

/** True for the headers of a stream, whose length was not known when it began. */
export function isEventStream(headers: readonly string[]): boolean {
  return headers.some((value) => value.startsWith('text/event-stream'))
}

/** Sealed beside the answer, so that it opens for this key and this request alone. */
function proofOf({ keyHash, fingerprint }: RequestName): Buffer {
  return Buffer.concat([keyHash, fingerprint])
}
