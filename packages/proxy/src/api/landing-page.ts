// The page at `/`: which program this is and where to go from here.

import { VERSION } from '../version.ts';

export interface LandingPageOptions {
  /** Path prefix of all links, without a slash at its end. */
  readonly prefix: string;
  readonly telemetryPath: string;
}

/** The whole page. */
export function landingPage({ prefix, telemetryPath }: LandingPageOptions): string {
  const links: readonly (readonly [string, string])[] = [
    ['/sd', 'Targets for Prometheus (http_sd_configs)'],
    ['/api/v1/agents', 'Agents'],
    ['/api/v1/targets', 'Targets'],
    ['/api/v1/openapi.json', 'This API, described (OpenAPI)'],
    [telemetryPath, 'Metrics of this proxy'],
    ['/-/ready', 'Readiness'],
  ];
  const items = links.map(([path, text]) => `<li><a href="${escapeHtml(prefix + path)}">${escapeHtml(text)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Pullway proxy</title></head>
<body>
<h1>Pullway proxy</h1>
<p>Version ${escapeHtml(VERSION)}. Give this address as <code>proxy_url</code> in a scrape configuration of Prometheus.</p>
<ul>
${items.join('\n')}
</ul>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
