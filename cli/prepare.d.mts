// The types of prepare.mjs.
export const root: string;
export function refuseNode(version?: string): string | null;
export function prepare(say: (text: string) => void): Promise<void>;
