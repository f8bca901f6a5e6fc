/** A file of a form. */
export interface FormFile {
  readonly name: string
  readonly fileName: string
  readonly bytes: Buffer
}

/** A form, taken apart. Of texts with one name the last counts. */
export interface Form {
  readonly texts: Readonly<Record<string, string>>
  readonly files: readonly FormFile[]
}

/** Reads `multipart/form-data`; undefined where the body is something else. */
export function readForm(sent: {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}): Form | undefined {
  const type = sent.headers['content-type'] ?? ''
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1]
  if (boundary === undefined) return undefined
  const texts: Record<string, string> = {}
  const files: FormFile[] = []
  for (const part of partsOf(Buffer.from(sent.body), Buffer.from(`--${boundary}`))) {
    const headEnd = part.indexOf('\r\n\r\n')
    if (headEnd === -1) continue
    const head = part.toString('utf8', 0, headEnd)
    const name = /\bname="([^"]*)"/i.exec(head)?.[1]
    if (name === undefined) continue
    const content = part.subarray(headEnd + 4)
    const fileName = /\bfilename="([^"]*)"/i.exec(head)?.[1]
    if (fileName === undefined) texts[name] = content.toString()
    else files.push({ name, fileName, bytes: content })
  }
  return { texts, files }
}

/** What stands between two boundaries, without the line ends that belong to them. */
function partsOf(body: Buffer, boundary: Buffer): readonly Buffer[] {
  const parts: Buffer[] = []
  let start = body.indexOf(boundary)
  while (start !== -1) {
    const end = body.indexOf(boundary, start + boundary.length)
    if (end === -1) break
    parts.push(body.subarray(start + boundary.length + 2, end - 2))
    start = end
  }
  return parts
}
