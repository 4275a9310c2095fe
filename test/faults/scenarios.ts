// Every write of the hot path.
import { claiming } from './claiming.ts';
import { enqueueing } from './enqueueing.ts';
import { moving } from './moving.ts';
import type { Scenario } from './scenario.ts';
import { settling } from './settling.ts';

export const scenarios: Scenario[] = [...enqueueing, ...claiming, ...settling, ...moving];
