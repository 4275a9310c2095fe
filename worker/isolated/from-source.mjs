// The entry of a thread where nothing is compiled, in development and tests: threads do not inherit what makes
// JavaScript of our sources.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
