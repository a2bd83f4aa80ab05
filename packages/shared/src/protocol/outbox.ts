// What waits for the socket: control frames first, then exchanges in turn, one frame each; all announcements together are one
// more participant.
// It hands out frames; when, is up to whoever watches the socket.

import { MAX_CONTROL_QUEUE_BYTES, MAX_WAITING_ANNOUNCEMENTS } from './limits.ts';

/** Who takes turns: an exchange, or the announcements. */
interface Participant {
  /** The next frame, or undefined when there is none now. To go on, it asks for a further turn. */
  takeTurn(): Uint8Array | undefined;
}

export class Outbox {
  #control: Uint8Array[] = [];
  #controlHead = 0;
  #controlBytes = 0;
  readonly #announcements: Iterator<Uint8Array>[] = [];
  readonly #announcer: Participant = { takeTurn: () => this.#nextOfAnnouncements() };
  /** Who has something to send; a Set keeps the order of arrival and holds each once. */
  readonly #turns = new Set<Participant>();

  pushControl(frame: Uint8Array): void {
    this.#control.push(frame);
    this.#controlBytes += frame.length;
  }

  /** The peer lets more pile up than any peer that reads. */
  get isOverfull(): boolean {
    return this.#controlBytes > MAX_CONTROL_QUEUE_BYTES || this.#announcements.length > MAX_WAITING_ANNOUNCEMENTS;
  }

  /** So much waits that nothing may be opened on top: a burst of this end must not look like a peer that does not read. */
  get isCrowded(): boolean {
    return this.#controlBytes > MAX_CONTROL_QUEUE_BYTES / 2;
  }

  /** Queues frames that are made one at a time, so that a long list costs no memory while it waits. */
  pushAnnouncement(frames: Iterator<Uint8Array>): void {
    this.#announcements.push(frames);
    this.#turns.add(this.#announcer);
  }

  requestTurn(participant: Participant): void {
    this.#turns.add(participant);
  }

  /** The next frame, or undefined when nothing may be sent now. */
  next(): Uint8Array | undefined {
    return this.#nextControl() ?? this.#nextInTurn();
  }

  #nextControl(): Uint8Array | undefined {
    const frame = this.#control[this.#controlHead];
    if (frame === undefined) return undefined;
    this.#controlHead += 1;
    this.#controlBytes -= frame.length;
    // Frames that went out are let go in halves, or a queue that is never quite empty would keep them all.
    if (this.#controlHead * 2 >= this.#control.length) {
      this.#control = this.#control.slice(this.#controlHead);
      this.#controlHead = 0;
    }
    return frame;
  }

  #nextInTurn(): Uint8Array | undefined {
    for (const participant of this.#turns) {
      this.#turns.delete(participant);
      // Who has more to send asks for a further turn while taking this one, and so goes to the end.
      const frame = participant.takeTurn();
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  #nextOfAnnouncements(): Uint8Array | undefined {
    for (;;) {
      const frames = this.#announcements[0];
      if (frames === undefined) return undefined;
      const { value, done } = frames.next();
      if (done === true) this.#announcements.shift();
      else {
        this.#turns.add(this.#announcer);
        return value;
      }
    }
  }
}
