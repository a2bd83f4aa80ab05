// What service discovery tells whoever counts.

export interface SdMetrics {
  /** An answer with `status` and so many bytes of body was given. */
  sdAnswered(status: number, bytes: number): void;
  /** An answer had to be built anew. */
  sdRebuilt(durationMs: number): void;
  /** So many targets are listed now. */
  sdListed(targets: number): void;
}
