// The smallest files that are what they should be.

/** A PNG of 8 × 8 pixels. */
export const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEUlEQVQI12M4k2aMFTEMLQkABhVZQVUlk7kAAAAASUVORK5CYII=',
  'base64',
);

/** The head of an MP4 with nothing in it. */
export const film = Buffer.from('000000186674797069736f6d0000020069736f6d6d703431000000086d646174', 'hex');
