// How an uplink fares, for tests of who shows it.

import type { UplinkStatus } from '../../src/uplink/uplink.ts';

export function uplinkStatus(fields: Partial<UplinkStatus> = {}): UplinkStatus {
  return {
    proxy: 'http://proxy:8080',
    isConnected: true,
    isRefused: false,
    detail: 'replica r1',
    minRoundTripMs: 12,
    reconnects: new Map(),
    ...fields,
  };
}
