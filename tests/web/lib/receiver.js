// A receiver of webhooks.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { until } from './server.js';

/** @typedef {{type: string, id: string, genuine: (secret: string) => boolean}} Told */

export class Receiver {
  /** What it answers. */
  status = 204;
  /** @type {Told[]} */
  told = [];
  url = '';

  #server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const header = (/** @type {string} */ name) => String(request.headers[`webhook-${name}`]);
    this.told.push({
      type: JSON.parse(body).type,
      id: header('id'),
      genuine: (secret) => {
        const hmac = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'));
        const signature = hmac.update(`${header('id')}.${header('timestamp')}.${body}`).digest('base64');
        return header('signature').split(' ').includes(`v1,${signature}`);
      },
    });
    response.writeHead(this.status).end();
  });

  static async start() {
    const receiver = new Receiver();
    await new Promise((resolve) => {
      receiver.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    // A test that fails before it stops the receiver does not hang for it.
    receiver.#server.unref();
    const { port } = /** @type {import('node:net').AddressInfo} */ (receiver.#server.address());
    receiver.url = `http://127.0.0.1:${port}/hooks`;
    return receiver;
  }

  /** The newest message of a type. @param {string} type @param {number} [count] how many of it there are */
  async heard(type, count = 1) {
    return until(`${count} ${type}`, () => {
      const found = this.told.filter((one) => one.type === type);
      return found.length >= count && found[found.length - 1];
    });
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
