// Which query parameters can be announced: service discovery carries each as a label `__param_NAME` with one value.

const LABEL_PART = /^[a-zA-Z0-9_]+$/;

/** Why `params` cannot be announced, or undefined when they can. */
export function paramsFault(params: Readonly<Record<string, readonly string[]>>): string | undefined {
  for (const [name, values] of Object.entries(params)) {
    const fault = paramFault(name, values);
    if (fault !== undefined) return `parameter ${name}: ${fault}`;
  }
  return undefined;
}

/** Why one parameter cannot be announced. */
export function paramFault(name: string, values: readonly string[]): string | undefined {
  if (values.length === 0) return undefined;
  if (!LABEL_PART.test(name)) {
    return 'cannot be part of a label name, and so not be announced; set it in params at the central Prometheus';
  }
  if (values.length > 1) {
    return `has ${values.length} values, and one can be announced; set it in params at the central Prometheus`;
  }
  return undefined;
}
