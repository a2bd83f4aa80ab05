// One pool of connections for each exporter, with its TLS settings; made when first needed, renewed when a certificate file has changed.

import type { SecureContextOptions } from 'node:tls';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Pool as ConnectionPool } from 'undici';
import { SecretFile } from '@pullway/shared/config/secret-file';
import { MAX_HEADER_BLOCK_BYTES } from '@pullway/shared/protocol/limits';
import type { Exporter, ExporterTls } from '../targets/target.ts';
import { exporterConnector } from './exporter-connector.ts';

/** Idle connections are kept as long as Go's clients keep them, in milliseconds: longer than most scrape intervals. */
const KEEP_ALIVE_MS = 90_000;

interface PoolEntry {
  readonly pool: ConnectionPool;
  readonly material: TlsMaterial;
}

export class ExporterPools {
  readonly #now: () => number;
  readonly #maxConnections: number;
  readonly #entries = new Map<Exporter, PoolEntry>();
  readonly #files = new Map<string, SecretFile>();

  /** `maxConnections`: for each exporter; there is no use in more than scrapes at a time. */
  constructor(maxConnections: number, now: () => number) {
    this.#maxConnections = maxConnections;
    this.#now = now;
  }

  /** The pool of `exporter`. @throws Error when one of its certificate files cannot be read. */
  poolOf(exporter: Exporter): ConnectionPool {
    const known = this.#entries.get(exporter);
    if (known !== undefined && exporter.scheme === 'http') return known.pool;
    const material = this.#readTls(exporter.tls);
    if (known !== undefined && isSameMaterial(known.material, material)) return known.pool;
    // Requests that run on the old connections are finished there.
    if (known !== undefined) void known.pool.close();
    const pool = this.#createPool(exporter, material);
    this.#entries.set(exporter, { pool, material });
    return pool;
  }

  /** Closes the pools of exporters that are not in `wanted`; what runs there is finished. */
  retain(wanted: ReadonlySet<Exporter>): void {
    for (const [exporter, { pool }] of this.#entries) {
      if (wanted.has(exporter)) continue;
      this.#entries.delete(exporter);
      void pool.close();
    }
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    const pools = [...this.#entries.values()].map(({ pool }) => pool);
    this.#entries.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #createPool({ scheme, host, port, tls }: Exporter, material: TlsMaterial): ConnectionPool {
    return new Pool(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`, {
      connections: this.#maxConnections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BLOCK_BYTES,
      // The deadline of each scrape takes the place of all of undici's own timeouts.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: exporterConnector({
        ...material,
        rejectUnauthorized: !tls.insecureSkipVerify,
        ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      }),
    });
  }

  #readTls(tls: ExporterTls): TlsMaterial {
    return {
      ...this.#pem('ca', tls.ca, tls.caFile),
      ...this.#pem('cert', tls.cert, tls.certFile),
      ...this.#pem('key', tls.key, tls.keyFile),
      ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
      ...(tls.maxVersion === undefined ? {} : { maxVersion: tls.maxVersion }),
    };
  }

  #pem(name: 'ca' | 'cert' | 'key', inline: string | undefined, file: string | undefined): TlsMaterial {
    if (inline !== undefined) return { [name]: inline };
    return file === undefined ? {} : { [name]: this.#file(file).read() };
  }

  #file(path: string): SecretFile {
    const known = this.#files.get(path) ?? new SecretFile(path, this.#now);
    this.#files.set(path, known);
    return known;
  }
}

type TlsMaterial = Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'minVersion' | 'maxVersion'>;

function isSameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}
