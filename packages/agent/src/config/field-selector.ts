// Field selectors as the API of Kubernetes takes them (apimachinery, pkg/fields/selector.go): `spec.nodeName=worker-1,status.phase!=Failed`.
// Only whether a text is one: which fields there are is for the API server to say.

/** A backslash keeps a comma from ending a term. */
const TERMS = /(?:[^\\,]|\\[^]?)+/g;
/** In a value `\`, `,` and `=` stand behind a backslash, and nothing else does. */
const TERM = /^(?:[^=!]|!(?!=))*(?:!=|==?)(?:[^\\=]|\\[\\,=])*$/;

/** What is wrong with `text`, or undefined when it is a selector; an empty one selects all. */
export function fieldSelectorFault(text: string): string | undefined {
  const wrong = text.match(TERMS)?.find((term) => !TERM.test(term));
  return wrong === undefined
    ? undefined
    : `has ${JSON.stringify(wrong)} where a term such as metadata.name=web is expected`;
}
