import { type RawBuilder, sql } from 'kysely'

/** True where the column has this text in it, upper and lower case alike. */
export const contains = (column: RawBuilder<unknown>, text: string): RawBuilder<boolean> => {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, char => `\\${char}`)}%`
  return sql<boolean>`lower(${column}) like ${pattern} escape '\\'`
}
