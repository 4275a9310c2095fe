// What the ways of fetching a mongod tell about their progress, and their common shape.

export interface Progress {
  /** What is being done, for people. */
  step: string;
  /** Megabytes, where the amount is known. */
  done?: number;
  total?: number;
}

export type OnProgress = (progress: Progress) => void;

/** One way to get a mongod: the path of the file it made, in `directory` or elsewhere, or null where this way is closed. */
export type Fetch = (directory: string, onProgress: OnProgress) => Promise<string | null>;
