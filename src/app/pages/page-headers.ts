/**
 * What a page may do: run the files of this server, talk to this server, and nothing else. No script or
 * style in the document, no frame around it, no string that becomes code.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "manifest-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  // Not report-to beside it: a browser that knows both takes that one, and holds reports back for a minute.
  'report-uri /app/reports',
].join('; ')

const oneYearSeconds = 31_536_000

/** The headers of every answer under `/app`: names and values alternate. */
export function pageHeaders({ isHttps }: { isHttps: boolean }): readonly string[] {
  return [
    ...['content-security-policy', contentSecurityPolicy],
    ...['x-content-type-options', 'nosniff'],
    ...['referrer-policy', 'no-referrer'],
    ...['cross-origin-opener-policy', 'same-origin'],
    ...['cross-origin-resource-policy', 'same-origin'],
    ...['origin-agent-cluster', '?1'],
    ...[
      'permissions-policy',
      'accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), ' +
        'payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self), ' +
        'clipboard-write=(self)',
    ],
    ...(isHttps
      ? ['strict-transport-security', `max-age=${oneYearSeconds}; includeSubDomains`]
      : []),
  ]
}
