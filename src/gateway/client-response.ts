/**
 * What answering a request needs of its response. `node:http`'s own is one; a recording, which several
 * clients follow, is another.
 */
export interface ClientResponse {
  readonly destroyed: boolean
  readonly headersSent: boolean
  /** True where chunks are framed by whoever passes them on. */
  readonly isRecording?: boolean
  chunkedEncoding: boolean
  writeHead(status: number, headers: string[]): unknown
  /** False when the reader is behind: `drain` says when it is not any more. */
  write(chunk: string | Buffer, encoding?: BufferEncoding): boolean
  end(chunk?: string | Buffer, encoding?: BufferEncoding): unknown
  on(event: 'drain' | 'timeout', listener: () => void): unknown
  setTimeout(delayMs: number): unknown
  destroy(): unknown
}
