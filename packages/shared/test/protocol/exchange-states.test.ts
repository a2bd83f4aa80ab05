import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextState, type ExchangeEvent, type ExchangeState } from '@pullway/shared/protocol/exchange-states';

const events: readonly ExchangeEvent[] = [
  'response',
  'response_end',
  'connected',
  'opener_data',
  'opener_end',
  'opener_credit',
  'answerer_data',
  'answerer_end',
  'answerer_credit',
  'cancel',
  'failure',
];

// One line for each state, one column for each event in the order above; `-` is a protocol error, `o` is over.
const table: Readonly<Record<ExchangeState, string>> = {
  requested: ' r  o  -  -  -  -  -  -  -  o  o ',
  responding: '-  -  -  -  -  r  r  o  -  o  o ',
  connecting: '-  -  s  -  -  -  -  -  -  o  o ',
  streaming: ' -  -  -  s  oe s  s  ae s  o  o ',
  opener_ended: '-  -  -  -  -  oe oe o  oe o  o',
  answerer_ended: '-  -  -  ae o  ae -  -  ae o  o',
  over: '     -  -  -  -  -  -  -  -  -  -  - ',
};
const short: Readonly<Record<string, ExchangeState | undefined>> = {
  r: 'responding',
  s: 'streaming',
  oe: 'opener_ended',
  ae: 'answerer_ended',
  o: 'over',
  '-': undefined,
};

for (const [state, cells] of Object.entries(table) as [ExchangeState, string][]) {
  test(`${state} allows exactly what the page says`, () => {
    const expected = cells.trim().split(/\s+/);
    assert.equal(expected.length, events.length);
    for (const [index, event] of events.entries()) {
      assert.equal(nextState(state, event), short[expected[index] ?? ''], `${event} in ${state}`);
    }
  });
}

test('from every state there is a way to the end, and by cancel and failure at once', () => {
  for (const state of Object.keys(table) as ExchangeState[]) {
    if (state === 'over') continue;
    assert.equal(nextState(state, 'cancel'), 'over');
    assert.equal(nextState(state, 'failure'), 'over');
  }
});
