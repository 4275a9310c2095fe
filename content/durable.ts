// The write concern of everything in this room.
import type { WriteConcernSettings } from 'mongodb';

/** A yes is said only for what a majority holds in its journal. */
export const durable: WriteConcernSettings = { w: 'majority', journal: true, wtimeoutMS: 5_000 };
