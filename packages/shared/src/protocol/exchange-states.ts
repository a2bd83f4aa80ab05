// The states of an exchange as one table, the same for both ends (docs/protocol.md, section 7, is printed from it).
// It knows no role, no frame and no clock: events are named by who sent them.

export type ExchangeState =
  | 'requested'
  | 'responding'
  | 'connecting'
  | 'streaming'
  | 'opener_ended'
  | 'answerer_ended'
  | 'over';

export type ExchangeEvent =
  | 'response'
  | 'response_end'
  | 'connected'
  | 'opener_data'
  | 'opener_end'
  | 'opener_credit'
  | 'answerer_data'
  | 'answerer_end'
  | 'answerer_credit'
  | 'cancel'
  | 'failure';

type Transitions = Partial<Record<ExchangeEvent, ExchangeState>>;

/** Where each event leads from each state. What is not here is a protocol error. */
export const EXCHANGE_STATES: Readonly<Record<Exclude<ExchangeState, 'over'>, Transitions>> = {
  requested: { response: 'responding', response_end: 'over', cancel: 'over', failure: 'over' },
  responding: {
    answerer_data: 'responding',
    answerer_end: 'over',
    opener_credit: 'responding',
    cancel: 'over',
    failure: 'over',
  },
  connecting: { connected: 'streaming', cancel: 'over', failure: 'over' },
  streaming: {
    opener_data: 'streaming',
    opener_end: 'opener_ended',
    opener_credit: 'streaming',
    answerer_data: 'streaming',
    answerer_end: 'answerer_ended',
    answerer_credit: 'streaming',
    cancel: 'over',
    failure: 'over',
  },
  // A credit for a direction that has ended crossed the end on its way; it changes nothing.
  opener_ended: {
    answerer_data: 'opener_ended',
    answerer_end: 'over',
    opener_credit: 'opener_ended',
    answerer_credit: 'opener_ended',
    cancel: 'over',
    failure: 'over',
  },
  answerer_ended: {
    opener_data: 'answerer_ended',
    opener_end: 'over',
    opener_credit: 'answerer_ended',
    answerer_credit: 'answerer_ended',
    cancel: 'over',
    failure: 'over',
  },
};

/** The state after `event`, or undefined where the table has none. */
export function nextState(state: ExchangeState, event: ExchangeEvent): ExchangeState | undefined {
  return state === 'over' ? undefined : EXCHANGE_STATES[state][event];
}
