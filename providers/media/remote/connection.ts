// What is known of a request that failed without an answer. Pure.

const connecting = new Set(['connect', 'getaddrinfo']);
const certificate = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_)/;

/** Whether an error of `fetch` says that the connection was never made, so that the service saw nothing of the request. */
export function neverConnected(error: unknown): boolean {
  const cause = causeOf(error);
  if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.every(isConnecting);
  return isConnecting(cause);
}

/** The code of what went wrong underneath, such as ECONNRESET; null when there is none. */
export function codeOf(error: unknown): string | null {
  const cause = causeOf(error);
  return isObject(cause) && typeof cause.code === 'string' ? cause.code : null;
}

function isConnecting(cause: unknown): boolean {
  if (!isObject(cause)) return false;
  const { code, syscall, message } = cause;
  // Ports that fetch itself refuses.
  if (message === 'bad port') return true;
  if (typeof syscall === 'string' && connecting.has(syscall)) return true;
  return typeof code === 'string' && (code === 'UND_ERR_CONNECT_TIMEOUT' || certificate.test(code));
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
