// The run's own mongod: what every other database test relies on.
import { expect, test } from 'vitest';
import { testDatabase } from '../helpers/mongo.ts';

test('the mongod of the run takes majority writes and has change streams', async () => {
  const db = await testDatabase();
  const stream = db.collection('things').watch();
  const seen = stream.next();
  await db.collection('things').insertOne({ name: 'one' }, { writeConcern: { w: 'majority', j: true } });
  expect((await seen).operationType).toBe('insert');
  await stream.close();
});
