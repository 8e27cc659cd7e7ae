// A server with something in it, to look at the page by hand: TRUEPORT_TEST_PROGRAM=target/debug/trueport node tests/web/look.js
import { seed } from './lib/seed.js';
import { PASSWORD, Server } from './lib/server.js';

const server = await Server.start();
await seed(server);
process.stdout.write(`${server.url}  jane@acme.example, ada@example.com  ${PASSWORD}\nEnds with Ctrl-C.\n`);
process.on('SIGINT', async () => {
  await server.stop();
  process.exit();
});
