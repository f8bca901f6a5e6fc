import type { GenerationContent } from '#domain/generation.ts'

import type { SealedContent } from './generations.ts'

/**
 * Compresses and encrypts (AES-256-GCM) what customers sent and received, with a key per account
 * that is itself wrapped by the installation's master key. The account, the generation, the field and the
 * schema version are authenticated, so ciphertext moved to another row or account does not open.
 */
export interface ContentVault {
  readonly seal: (content: GenerationContent, createdAtMs: number) => Promise<SealedContent>
  /** Throws `VaultError` when the bytes were altered, moved, or sealed under a key that is gone. */
  readonly open: (sealed: SealedContent) => Promise<GenerationContent>
}

/** The content cannot be opened. The message never holds any of it. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
}
