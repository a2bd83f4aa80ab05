// Label selectors as the API of Kubernetes takes them (apimachinery, pkg/labels/selector.go): `app=web,tier!=test,zone in (a,b),!old`.
// Only whether a text is one: what it selects is for the API server to find out.

const TOKEN = /[ \t\r\n]*(==|!=|[=!(),<>]|[^=!(),<> \t\r\n]+)/gy;
const NAME = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const MAX_INTEGER = 2n ** 63n - 1n;

/** What is wrong with `text`, or undefined when it is a selector; an empty one selects all. */
export function labelSelectorFault(text: string): string | undefined {
  try {
    new Parser(text).read();
    return undefined;
  } catch (error) {
    if (!(error instanceof SelectorFault)) throw error;
    return error.message;
  }
}

class SelectorFault extends Error {
  override readonly name = 'SelectorFault';
}

class Parser {
  /** The last one is empty: the end. */
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = [...Array.from(text.matchAll(TOKEN), ([, token = '']) => token), ''];
  }

  read(): void {
    if (this.#next === '') return;
    do this.#readRequirement();
    while (this.#take(','));
    if (this.#next !== '') throw this.#unexpected('a comma or the end');
  }

  get #next(): string {
    return this.#tokens[this.#position] ?? '';
  }

  #readRequirement(): void {
    const isNegated = this.#take('!');
    const key = this.#readWord('the name of a label');
    const keyFault = labelNameFault(key);
    if (keyFault !== undefined) throw new SelectorFault(keyFault);
    if (isNegated || this.#next === '' || this.#next === ',') return;
    if (this.#take('in') || this.#take('notin')) this.#readList();
    else if (this.#take('<') || this.#take('>')) this.#readInteger();
    else if (this.#take('=') || this.#take('==') || this.#take('!=')) this.#readValue();
    else throw this.#unexpected('one of = == != in notin < >');
  }

  /** `(a,b)`; a value may be empty. */
  #readList(): void {
    if (!this.#take('(')) throw this.#unexpected('(');
    while (!this.#take(')')) {
      if (this.#take(',')) continue;
      this.#readValue();
      if (this.#next !== ',' && this.#next !== ')') throw this.#unexpected('a comma or )');
    }
  }

  #readInteger(): void {
    const word = this.#readWord('a whole number');
    if (!/^[0-9]+$/.test(word) || BigInt(word) > MAX_INTEGER)
      throw new SelectorFault(`${JSON.stringify(word)} is no whole number`);
  }

  /** An empty one counts as one. */
  #readValue(): void {
    if (this.#next === '' || this.#next === ',') return;
    const value = this.#readWord('a value');
    if (!NAME.test(value)) throw new SelectorFault(`${JSON.stringify(value)} is no value of a label`);
  }

  #readWord(expected: string): string {
    const word = this.#next;
    if (word === '' || /^[=!(),<>]/.test(word)) throw this.#unexpected(expected);
    this.#position += 1;
    return word;
  }

  #take(token: string): boolean {
    if (this.#next !== token) return false;
    this.#position += 1;
    return true;
  }

  #unexpected(expected: string): SelectorFault {
    return new SelectorFault(
      `${this.#next === '' ? 'ends' : `has ${JSON.stringify(this.#next)}`} where ${expected} is expected`,
    );
  }
}

function labelNameFault(key: string): string | undefined {
  const [name = '', prefix, ...rest] = key.split('/').toReversed();
  const isName = NAME.test(name) && rest.length === 0 && (prefix === undefined || DNS_SUBDOMAIN.test(prefix));
  return isName ? undefined : `${JSON.stringify(key)} is no name of a label`;
}
