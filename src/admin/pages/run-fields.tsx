import type { Child } from 'hono/jsx'
import { type InputDefinition, typeOf } from '../../engine/instructions/inputs.ts'
import { printable } from '../../printable.ts'
import { namedFiles } from './run-form.ts'

type FieldProps = { input: InputDefinition; value: string; problem: string | undefined }

/** An input of an instruction as a field, with what it has and what is wrong with that. */
export function Field({ input, value, problem }: FieldProps) {
  const { name, description, required } = input
  const id = `in-${name}`
  const hint = [description, typeOf(input).fits(input)].filter(words => words !== '').join(' — ')
  return (
    <div class="field">
      <label for={id}>
        {name} {required && <span class="muted">required</span>}
      </label>
      <Control input={input} id={id} value={value} />
      <p class="muted" id={`${id}-hint`}>
        {printable(hint)}
      </p>
      <p class="problem" role="alert" data-problem={name} hidden={problem === undefined}>
        {problem}
      </p>
    </div>
  )
}

/** What can be filled in; what a browser checks itself is what the engine would refuse. */
function Control({ input, id, value }: { input: InputDefinition; id: string; value: string }) {
  const { name, required } = input
  const common = { id, name, required, 'aria-describedby': `${id}-hint` }
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
    case 'number':
      return (
        <input
          {...common}
          type="number"
          step={input.type === 'integer' ? 1 : 'any'}
          min={input.min}
          max={input.max}
          value={value}
        />
      )
    case 'boolean':
      return <Choice common={common} options={['yes', 'no']} value={value} />
    case 'choice':
      return <Choice common={common} options={input.options} value={value} />
    case 'file':
      return <Files input={input} id={id} value={value} />
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
function Files({ input, id, value }: { input: Extract<InputDefinition, { type: 'file' }>; id: string; value: string }) {
  const { name, max, accept } = input
  return (
    <>
      <input
        id={id}
        type="file"
        name={name}
        multiple={max > 1}
        accept={accept?.join(',')}
        aria-describedby={`${id}-hint`}
      />
      <textarea
        name={namedFiles(name)}
        rows={value.split('\n').length}
        aria-label={`${name}: files of earlier jobs`}
        placeholder="or job:<id>/<path>, one a line"
      >
        {`\n${value}`}
      </textarea>
    </>
  )
}
