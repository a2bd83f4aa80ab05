// Writes down what a FrameSocket tells.

import type { FrameSocketObserver } from '@pullway/shared/tunnel/frame-socket';

export class RecordingSocketObserver implements FrameSocketObserver {
  readonly messages: Buffer[] = [];
  drains = 0;
  readonly closes: { readonly code: number; readonly reason: string }[] = [];

  received(message: Uint8Array): void {
    this.messages.push(Buffer.from(message));
  }

  drained(): void {
    this.drains += 1;
  }

  closed(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }
}
