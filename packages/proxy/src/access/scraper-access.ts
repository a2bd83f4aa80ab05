// The question that whoever serves a scraper asks about it.

export type Verdict = 'granted' | 'refused';

export interface ScraperAccess {
  /**
   * Judges the value of Proxy-Authorization (scrapes, CONNECT) or Authorization (everything else). Answers at once where no users are
   * configured or the same credentials were judged before.
   */
  authenticate(authorization: string | undefined): Verdict | Promise<Verdict>;
}
