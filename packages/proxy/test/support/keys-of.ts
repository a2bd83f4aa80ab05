// The keys of a table with their type, so that a test can go through a table which the compiler keeps complete.

export function keysOf<Table extends object>(table: Table): readonly (keyof Table)[] {
  return Object.keys(table).filter((key) => isKeyOf(table, key));
}

function isKeyOf<Table extends object>(table: Table, key: PropertyKey): key is keyof Table {
  return Object.hasOwn(table, key);
}
