/** The SHA-256 of a secret: what the key store knows it by. 178 random bits need no slow hash. */
export async function hashKey(secret: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)))
}
