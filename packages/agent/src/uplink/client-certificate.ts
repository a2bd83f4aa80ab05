// When the client certificate of this agent expires, as its file says now: a tunnel outlives the certificate it was opened with, and the next
// one is opened with what the file holds then.

import { certificateExpiry } from '@pullway/shared/config/certificate-expiry';
import { SecretFile } from '@pullway/shared/config/secret-file';

export class ClientCertificate {
  readonly #file: SecretFile;
  #pem = '';
  #expiry: number | undefined;

  /** `now` gives milliseconds on a clock that never goes back. */
  constructor(path: string, now: () => number) {
    this.#file = new SecretFile(path, now);
  }

  /** In seconds since the epoch; undefined when the file holds no certificate that could be read, which an attempt to connect reports. */
  get expiry(): number | undefined {
    const pem = this.#read();
    if (pem !== this.#pem) {
      this.#pem = pem;
      this.#expiry = certificateExpiry(pem);
    }
    return this.#expiry;
  }

  #read(): string {
    try {
      return this.#file.read();
    } catch {
      return '';
    }
  }
}
