// One number out of a page of metrics in the text format.

/** Value of `series` (`name` or `name{label="value"}`, labels as the page writes them); undefined where the page has none. */
export function sampleOf(page: string, series: string): number | undefined {
  const line = page.split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1).split(' ', 1)[0]);
}

/** Sum of all series called `name`, whatever their labels; 0 where there is none. */
export function sumOf(page: string, name: string): number {
  return page
    .split('\n')
    .filter((text) => text.startsWith(`${name} `) || text.startsWith(`${name}{`))
    .reduce((sum, text) => sum + Number(text.slice(text.lastIndexOf(' ') + 1)), 0);
}
