// Taking credentials out of text that is stored, logged or printed.

/** Without credentials as they appear in addresses, headers and query strings. */
export function redact(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"\\]+@/gi, '$1***@')
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 ***')
    .replace(/([?&](?:api[-_]?key|key|token|secret|signature|access_token)=)[^&\s"\\]+/gi, '$1***');
}
