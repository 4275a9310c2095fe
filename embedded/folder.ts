// The folder `.callsheet` where it cannot be used, in words.

/** What has to be kept cannot be written; the message says what to change. */
export class UnusableFolder extends Error {
  override name = 'UnusableFolder';
}

const refusals: Record<string, string> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its disk can only be read',
  EEXIST: 'there is a file in the way',
  ENOTDIR: 'there is a file in the way',
};

/** An error of the file system in words, UnusableFolder where whoever started it can mend it; any other error as it is. */
export function explainFolder(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  const { code } = error;
  // A write that fails does not say where.
  const path = 'path' in error ? String(error.path) : '.callsheet';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Error(`The disk that holds ${path} is full. Make room, then start again.`);
  const why = refusals[String(code)];
  if (!why) return error;
  return new UnusableFolder(
    `Nothing can be kept in ${path}: ${why}. Mend that, or start in another folder: Callsheet keeps tasks and pictures in .callsheet of the folder it is started in.`,
  );
}
