// An S3 server in a process of its own, so that what it holds in memory is not ours.
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false });
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
