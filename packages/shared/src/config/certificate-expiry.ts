// When a certificate in PEM expires, for metrics: what is forgotten most often about TLS.

import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** In seconds since the epoch, the earliest of a chain: peers refuse it when any of it has expired. Undefined where `pem` holds no certificate. */
export function certificateExpiry(pem: string): number | undefined {
  const expiries = [...pem.matchAll(CERTIFICATE)].flatMap(([certificate]) => expiryOf(certificate));
  return expiries.length === 0 ? undefined : Math.min(...expiries);
}

function expiryOf(certificate: string): number[] {
  try {
    return [new X509Certificate(certificate).validToDate.getTime() / 1000];
  } catch {
    // Whoever uses the certificate says what is wrong with it.
    return [];
  }
}
