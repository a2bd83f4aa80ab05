// What a Markdown document holds that can be checked: links, headings, blocks of code. It knows nothing of files.

export interface Link {
  /** As it is written; relative, or with a scheme. */
  readonly target: string;
  readonly line: number;
}

export interface CodeBlock {
  /** What stands behind the fence; empty where nothing does. */
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** Links of the forms `[text](target)` and `<https://…>` outside of code. */
export function linksOf(markdown: string): readonly Link[] {
  const lines = withoutCode(markdown).split('\n');
  return lines.flatMap((text, index) => {
    const inline = text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)\)/g);
    const bare = text.matchAll(/<(https?:[^>\s]+)>/g);
    return [...inline, ...bare].map(([, target = '']) => ({ target, line: index + 1 }));
  });
}

/** Fragments by which its headings are reached, as GitHub makes them. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutFences(markdown).matchAll(/^#{1,6} +(.*?) *$/gm)) {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Blocks between fences, without the indentation of the fence: in a list they are indented as a whole. */
export function codeBlocksOf(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(FENCED)].map((match) => {
    const [, indentation = '', language = '', text = ''] = match;
    const line = markdown.slice(0, match.index).split('\n').length;
    return { language, text: text.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''), line };
  });
}

const FENCED = /^( *)```(\w*)[^\n]*\n(.*?)^\1```$/gms;

function withoutFences(markdown: string): string {
  return markdown.replaceAll(FENCED, (block) => block.replaceAll(/[^\n]/g, ''));
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/g, '');
}
