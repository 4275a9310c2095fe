// A media provider for bench/video.ts: the film that its prompt is the address of.
export function registerProviders(registry) {
  const provider = {
    txt2img: ({ prompt }) => Promise.resolve({ urls: [prompt], raw_response: {}, provider_task_id: null }),
  };
  registry.register('film', () => provider, { concurrency: 1, hosts: ['127.0.0.1'] });
}
