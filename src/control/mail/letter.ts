import type { Mail } from '#ports/mailer.ts'

/** What a mail of ours is made of: plain sentences, perhaps one code, perhaps one link. */
export interface Letter {
  readonly to: string
  readonly subject: string
  /** Sentences, one paragraph each, before the code or the link. */
  readonly before: readonly string[]
  readonly code?: string
  readonly link?: { readonly words: string; readonly url: string }
  /** Sentences after it. */
  readonly after: readonly string[]
  /** Links in small print, below everything. */
  readonly footer?: readonly { readonly words: string; readonly url: string }[]
}

/**
 * A letter as a mail, the same in text and in HTML. Whatever a person wrote (a name, a device) is shown as
 * text: it cannot become markup, a link or a header.
 */
export function writeMail(letter: Letter): Mail {
  return {
    to: letter.to,
    subject: oneLine(letter.subject),
    text: writeText(letter),
    html: writeHtml(letter),
  }
}

/** Text that stays on its line, whatever it holds: nothing after it can be read as a header. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

const signature = 'codelace: one key for every model'

function writeText({ before, code, link, after, footer = [] }: Letter): string {
  const middle = [
    ...(code === undefined ? [] : [`    ${code}`]),
    ...(link === undefined ? [] : [`${link.words}:\n${link.url}`]),
  ]
  const paragraphs = [...before.map(oneLine), ...middle, ...after.map(oneLine)]
  const small = footer.map(({ words, url }) => `\n${words}: ${url}`).join('')
  return `${paragraphs.join('\n\n')}\n\n-- \n${signature}\n${small}`
}

function writeHtml({ subject, before, code, link, after, footer = [] }: Letter): string {
  const paragraph = (text: string) => `<p style="margin:0 0 16px">${escapeHtml(oneLine(text))}</p>`
  const codeBlock =
    code === undefined
      ? ''
      : '<p style="margin:0 0 16px;font:600 28px/1.4 ui-monospace,Menlo,Consolas,monospace;' +
        `letter-spacing:2px">${escapeHtml(code)}</p>`
  const linkBlock =
    link === undefined
      ? ''
      : `<p style="margin:0 0 16px"><a href="${escapeHtml(link.url)}">${escapeHtml(link.words)}</a></p>`
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(oneLine(subject))}</title></head>`,
    '<body style="margin:0;padding:32px 16px;background:#ffffff;color:#16181d;' +
      'font:16px/1.5 -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif">',
    '<div style="max-width:520px;margin:0 auto">',
    ...before.map(paragraph),
    codeBlock,
    linkBlock,
    ...after.map(paragraph),
    `<p style="margin:32px 0 0;padding-top:16px;border-top:1px solid #d9dce3;color:#5b6270;font-size:13px">${[signature, ...footer.map(smallLink)].join('<br>')}</p>`,
    '</div></body></html>',
  ].join('\n')
}

function smallLink({ words, url }: { readonly words: string; readonly url: string }): string {
  return `<a style="color:#5b6270" href="${escapeHtml(url)}">${escapeHtml(words)}</a>`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
