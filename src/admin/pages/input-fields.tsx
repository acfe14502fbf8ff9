import type { Child } from 'hono/jsx'
import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import type { Problem } from '../../errors.ts'
import { printable } from '../../printable.ts'
import { fieldOf, namedFiles } from './input-form.ts'

type InputFieldsProps = {
  inputs: readonly InputDefinition[]
  /** What the fields show, by input. */
  texts: Readonly<Record<string, string>>
  /** What is wrong with them; the field of each is the input's name. */
  problems: readonly Problem[]
}

/** The inputs of an instruction as fields, each with what fits, what it has and what is wrong with that. */
export const InputFields = ({ inputs, texts, problems }: InputFieldsProps) => (
  <>
    {inputs.map(input => (
      <Field
        name={fieldOf(input.name)}
        label={input.name}
        required={input.required}
        hint={[input.description, typeOf(input).fits(input)].filter(words => words !== '').join(' — ')}
        problem={problems.find(({ field }) => field === input.name)?.message}
      >
        <Control input={input} value={texts[input.name] ?? ''} />
      </Field>
    ))}
  </>
)

type FieldProps = {
  name: string
  label: string
  required?: boolean
  hint?: string
  problem?: string | undefined
  children: Child
}

/** One field with its label; the control inside has the id of its name. */
export const Field = ({ name, label, required = false, hint = '', problem, children }: FieldProps) => (
  <div class="field">
    <label for={name}>
      {label} {required && <span class="muted">required</span>}
    </label>
    {children}
    {hint !== '' && (
      <p class="muted" id={hintOf(name)}>
        {printable(hint)}
      </p>
    )}
    <p class="problem" role="alert" id={`${name}.problem`} hidden={problem === undefined}>
      {problem?.replaceAll('`', '')}
    </p>
  </div>
)

const hintOf = (name: string): string => `${name}.hint`

/** What can be filled in; what a browser checks itself is what the engine would refuse. */
function Control({ input, value }: { input: InputDefinition; value: string }) {
  const name = fieldOf(input.name)
  const common = { id: name, name, required: input.required, 'aria-describedby': hintOf(name) }
  switch (input.type) {
    case 'text':
      return input.multiline ? (
        <textarea {...common} rows={5} maxlength={input.max}>
          {`\n${value}`}
        </textarea>
      ) : (
        <input {...common} value={value} maxlength={input.max} />
      )
    case 'url':
      return <input {...common} type="url" value={value} />
    case 'date':
      return <input {...common} type="date" value={value} min={input.min} max={input.max} />
    case 'integer':
    case 'number': {
      const step = input.type === 'integer' ? 1 : 'any'
      return <input {...common} type="number" step={step} min={input.min} max={input.max} value={value} />
    }
    case 'boolean':
      return <Choice common={common} options={['yes', 'no']} value={value} />
    case 'choice':
      return <Choice common={common} options={input.options} value={value} />
    case 'file':
      return <Files input={input} value={value} />
  }
}

type ChoiceProps = { common: { required: boolean }; options: readonly string[]; value: string }

const Choice = ({ common, options, value }: ChoiceProps): Child => (
  <select {...common}>
    {!common.required && <option value="">–</option>}
    {options.map(option => (
      <option value={option} selected={option.toLowerCase() === value.toLowerCase()}>
        {option}
      </option>
    ))}
  </select>
)

/** Uploads, and outputs of earlier jobs by name. */
function Files({ input, value }: { input: Extract<InputDefinition, { type: 'file' }>; value: string }) {
  const name = fieldOf(input.name)
  return (
    <>
      <input
        id={name}
        type="file"
        name={name}
        multiple={input.max > 1}
        accept={input.accept?.join(',')}
        aria-describedby={hintOf(name)}
      />
      <textarea
        name={namedFiles(input.name)}
        rows={value.split('\n').length}
        aria-label={`${input.name}: files of earlier jobs`}
        placeholder="or job:<id>/<path>, one a line"
      >
        {`\n${value}`}
      </textarea>
    </>
  )
}
