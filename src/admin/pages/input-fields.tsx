import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import type { Problem } from '../../errors.ts'

/** The name of an input's field in a form: other fields may be called like it. */
export const fieldOf = (input: string): string => `input.${input}`

type FieldsProps = {
  inputs: readonly InputDefinition[]
  /** As they were given, by name. */
  values: Readonly<Record<string, unknown>>
  /** What is wrong with them; the field of each is the input's name. */
  problems: readonly Problem[]
}

/** The fields for the inputs of an instruction, each with what fits and what is wrong with it. */
export const InputFields = ({ inputs, values, problems }: FieldsProps) => (
  <>
    {inputs.map(input => {
      const problem = problems.find(({ field }) => field === input.name)?.message
      const about = [input.description, typeOf(input).fits(input)].filter(Boolean).join(' · ')
      return (
        <Field name={fieldOf(input.name)} label={input.name} required={input.required} hint={about} problem={problem}>
          <Control input={input} value={values[input.name]} isWrong={problem !== undefined} />
        </Field>
      )
    })}
  </>
)

type FieldProps = {
  name: string
  label: string
  required?: boolean
  hint?: string
  problem?: string | undefined
  children: unknown
}

/** One field with its label; the control inside has the id of its name. */
export const Field = ({ name, label, required = false, hint, problem, children }: FieldProps) => (
  <div class="field">
    <label for={name}>
      {label}
      {required && <span class="muted"> (required)</span>}
    </label>
    {children}
    {hint && <p class="muted">{hint}</p>}
    {problem && (
      <p class="problem" id={`${name}.problem`}>
        {problem.replaceAll('`', '')}
      </p>
    )}
  </div>
)

function Control({ input, value, isWrong }: { input: InputDefinition; value: unknown; isWrong: boolean }) {
  const name = fieldOf(input.name)
  const given = value ?? ('default' in input ? input.default : undefined)
  const text = given === undefined ? '' : String(given)
  const common = {
    ...{ id: name, name, required: input.required },
    ...(isWrong && { 'aria-invalid': 'true', 'aria-describedby': `${name}.problem` }),
  } as const
  switch (input.type) {
    case 'text':
      return input.multiline ? (
        <textarea {...common} rows={5} maxlength={input.max}>
          {text}
        </textarea>
      ) : (
        <input {...common} value={text} maxlength={input.max} />
      )
    case 'integer':
    case 'number': {
      const step = input.type === 'integer' ? '1' : 'any'
      return <input {...common} type="number" step={step} min={input.min} max={input.max} value={text} />
    }
    case 'boolean':
      return (
        <span>
          {/* An empty box sends nothing: this says that it was there. */}
          <input type="hidden" name={name} value="false" />
          <input {...common} required={false} type="checkbox" value="true" checked={/^(true|yes|on|1)$/i.test(text)} />
        </span>
      )
    case 'choice':
      return (
        <select {...common}>
          {!input.required && <option value="" />}
          {input.options.map(option => (
            <option value={option} selected={option.toLowerCase() === text.toLowerCase()}>
              {option}
            </option>
          ))}
        </select>
      )
    case 'date':
      return <input {...common} type="date" min={input.min} max={input.max} value={text} />
    case 'url':
      return <input {...common} type="url" value={text} />
    case 'file':
      return <input {...common} type="file" multiple={input.max > 1} />
  }
}

/** What a form gives for the inputs that are no files, as it was typed; what was left empty is missing. */
export function valuesOf(
  form: { getAll(name: string): readonly unknown[] },
  inputs: readonly InputDefinition[],
): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { name, type } of inputs) {
    const given = form.getAll(fieldOf(name)).at(-1) // of a box the last one
    if (type !== 'file' && typeof given === 'string' && given.trim() !== '')
      values[name] = given.replaceAll('\r\n', '\n')
  }
  return values
}
