// What the doctor says of outside services: nothing without a key, else whether the account works for us.
import { expect, test } from 'vitest';
import { checkProviders } from '../../cli/provider-findings.ts';
import { LeonardoStandIn } from '../providers/standins/leonardo.ts';

async function environmentOf(slots: number) {
  const service = new LeonardoStandIn();
  await service.open(3);
  service.slots = slots;
  return { LEONARDO_API_KEY: service.key, LEONARDO_BASE_URL: service.base };
}

test('a service without a key is not asked, nor one whose settings are wrong', async () => {
  expect(await checkProviders({})).toEqual([]);
  expect(await checkProviders({ ...(await environmentOf(3)), LEASE_MS: '1' })).toEqual([]);
});

test('an account that works is well', async () => {
  expect(await checkProviders(await environmentOf(5))).toEqual([
    { check: 'leonardo', ok: true, detail: 'the key is accepted, 5 jobs at once', advice: null },
  ]);
});

test('an account with fewer slots than our limit is not', async () => {
  expect(await checkProviders(await environmentOf(2))).toEqual([
    { check: 'leonardo', ok: false, detail: expect.stringContaining('2 jobs'), advice: expect.any(String) },
  ]);
});

test('a service that is not there, or does not know the key, is told without the key', async () => {
  const environment = { ...(await environmentOf(5)), LEONARDO_API_KEY: 'some-other-key' };
  const [stranger] = await checkProviders(environment);
  expect(stranger).toMatchObject({ ok: false, detail: expect.stringContaining('does not accept the key') });
  expect(JSON.stringify(stranger)).not.toContain('some-other-key');
  const [gone] = await checkProviders({ ...environment, LEONARDO_BASE_URL: 'http://127.0.0.1:9' });
  expect(gone).toMatchObject({ ok: false, detail: expect.stringContaining('cannot be reached') });
  expect([stranger?.advice, gone?.advice]).toEqual([
    expect.stringContaining('LEONARDO_API_KEY'),
    expect.stringContaining('LEONARDO_BASE_URL'),
  ]);
});
