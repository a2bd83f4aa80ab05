// What `helm test` runs in the image of the proxy, by `node --input-type=module --eval`: is the proxy ready, and does service discovery
// answer? Certificates are not verified: they carry the names that scrapers and agents use, not those of the Services.

import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

/** Service discovery waits for agents, a minute at most, and says 503 meanwhile. In milliseconds. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 1_000;

const { READY_URL, SD_URL, SD_STATUS } = process.env;
await expect(READY_URL, [200]);
// Empty where only a scraper's certificate opens the listener.
if (SD_URL) await expect(SD_URL, SD_STATUS.split(',').map(Number));

async function expect(url, wanted) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask(url);
    process.stdout.write(`${url}: ${answer.status} ${answer.text.slice(0, 200).trim()}\n`);
    if (wanted.includes(answer.status)) return;
    if (Date.now() > deadline) throw new Error(`${url} did not answer with ${wanted.join(' or ')}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Status 0: no answer. */
function ask(url) {
  const request = url.startsWith('https:') ? tlsRequest : plainRequest;
  return new Promise((resolve) => {
    const failed = (error) => resolve({ status: 0, text: error.message });
    request(url, { rejectUnauthorized: false, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text })).on('error', failed);
    })
      .on('timeout', function () {
        this.destroy(new Error('no answer within 5 s'));
      })
      .on('error', failed)
      .end();
  });
}
