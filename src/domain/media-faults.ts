/**
 * The rows of the faults table (`faults.ts`) that tell what was wrong with an address that a request names.
 * They are public words like all others there.
 */
export const mediaFaults = {
  media_address_not_allowed: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message:
      'The address "{address}" may not be fetched: {detail}. Send the bytes, or an address of the public internet; nothing was charged.',
  },
  image_download_failed: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'image_download_failed',
    message:
      'Nothing could be fetched from "{address}": {detail}. Check the address, or send the bytes; nothing was charged.',
  },
  image_too_large: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'image_too_large',
    message: 'What is at "{address}" is larger than {limit}. Send less; nothing was charged.',
  },
  unsupported_image_format: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'unsupported_image_format',
    message: 'What is at "{address}" is not {expected}: {detail}. Nothing was charged.',
  },
} as const
