// The way of a tunnel through an HTTP proxy of the site. A file of its own, so that only agents with such a proxy load the library.

import type { ClientRequest } from 'node:http';
import { checkServerIdentity } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';

type ConnectOptions = Parameters<HttpsProxyAgent<string>['connect']>[1];

export class OutboundAgent extends HttpsProxyAgent<string> {
  /**
   * The library takes the host out of the options for TLS and puts it back as a server name unless it is an IP address, for which there is
   * none (RFC 6066, 3). Node would then hold the certificate of `https://10.0.0.1` against the name `localhost`.
   */
  override connect(request: ClientRequest, options: ConnectOptions): ReturnType<HttpsProxyAgent<string>['connect']> {
    const { host } = options;
    if (!options.secureEndpoint || host === undefined) return super.connect(request, options);
    return super.connect(request, {
      ...options,
      checkServerIdentity: (_name, cert) => checkServerIdentity(host, cert),
    });
  }
}
