// What counts as a traceparent, by the rules of W3C Trace Context.
import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent } from '../../queue/index.ts';
import { tracedBy } from '../../queue/traceparent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const good = `00-${traceId}-${spanId}-01`;

test('a well-formed traceparent names its span, whatever later versions say behind it', () => {
  expect(parseTraceparent(good)).toEqual({ traceId, spanId, traceFlags: 1, isRemote: true });
  expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toMatchObject({ traceFlags: 0 });
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01`)).toMatchObject({ traceId });
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-ever`)).toMatchObject({ traceId });
  expect(formatTraceparent(parseTraceparent(`00-${traceId}-${spanId}-ff`)!)).toBe(good);
});

test('anything else is ignored', () => {
  const bad = [
    '',
    'junk',
    good.toUpperCase(),
    `${good} `,
    ` ${good}`,
    `${good}\n`,
    `${good}-more`,
    `${good}0`,
    `cc-${traceId}-${spanId}-01.more`,
    `cc-${traceId}-${spanId}-01-${'x'.repeat(1_000)}`,
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}`,
    `0x-${traceId}-${spanId}-01`,
    `$where-${traceId}`,
  ];
  expect(bad.filter(text => parseTraceparent(text) !== null)).toEqual([]);
  expect(bad.map(text => tracedBy(text))).toEqual(bad.map(() => ({})));
  expect(tracedBy(undefined)).toEqual({});
  expect(tracedBy(good)).toEqual({ traceparent: good });
});
