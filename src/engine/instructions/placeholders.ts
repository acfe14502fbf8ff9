/** `{{name}}`, the only placeholder; its name is the first group. */
const PLACEHOLDER = /\{\{([a-z][a-z0-9_-]*)\}\}/g

/** What was most likely meant as one: other things in double braces stay as they are, for they belong to the text. */
const LIKE_PLACEHOLDER = /\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/g

/** Replaces every placeholder in one pass, so that no value is ever searched for placeholders itself. */
export const fillPlaceholders = (prompt: string, write: (name: string) => string): string =>
  prompt.replace(PLACEHOLDER, (_, name: string) => write(name))

/** What is wrong with a prompt's placeholders, with lines of the prompt from 1. */
export function placeholderFaults(prompt: string, names: readonly string[]): { line: number; message: string }[] {
  return prompt.split('\n').flatMap((text, index) =>
    [...text.matchAll(LIKE_PLACEHOLDER)].flatMap(([written, name = '']) => {
      if (written === `{{${name}}}` && names.includes(name)) return []
      const remedy = names.includes(name) ? `write \`{{${name}}}\`` : `add an input \`${name}\` or correct the name`
      return [{ line: index + 1, message: `\`${written}\` is not a placeholder of this instruction: ${remedy}.` }]
    }),
  )
}
