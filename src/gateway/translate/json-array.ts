/**
 * Turns server-sent events of one data line each into one JSON array, piece by piece: what Gemini's
 * clients get from a stream that they did not ask to be events.
 */
export function jsonArrayReframer(): (text: string, isLast: boolean) => string {
  let isFirst = true
  return (text, isLast) => {
    let out = ''
    for (const line of text.split('\n')) {
      if (!line.startsWith('data:')) continue
      out += `${isFirst ? '[' : ',\r\n'}${line.slice(5).trim()}`
      isFirst = false
    }
    if (!isLast) return out
    if (isFirst) out += '['
    return `${out}]`
  }
}
