// Keeping the key of a service out of everything that is shown or stored, also where the service itself repeats it.

const secretName = /api[-_]?key|secret|passw|authorization|cookie|credential|callback/i;

/** A text of a service as it may be shown: one line, without the key, at most 300 characters. */
export function shown(text: string, key: string | null): string {
  const line = without(text, key).replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** A service's answer as it may be stored: the key and whatever is named like a secret are replaced by `***`. */
export function withoutSecrets(answer: unknown, key: string | null): unknown {
  if (typeof answer === 'string') return without(answer, key);
  if (Array.isArray(answer)) return answer.map(item => withoutSecrets(item, key));
  if (typeof answer !== 'object' || answer === null) return answer;
  const kept = Object.entries(answer).map(([name, value]) => [
    without(name, key),
    secretName.test(name) ? '***' : withoutSecrets(value, key),
  ]);
  return Object.fromEntries(kept);
}

const without = (text: string, key: string | null): string =>
  key === null || key === '' ? text : text.replaceAll(key, '***');
