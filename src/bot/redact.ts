import type { Redact } from '../redact.ts'
import type { Message, Platform, PostFile } from './platform.ts'

/** The same platform, except that every text passes `redact` on its way out: no secret of the server is ever posted. */
export function redacted(platform: Platform, redact: Redact): Platform {
  return {
    ...platform,
    post: (target, message, key) => platform.post(target, redactMessage(message, redact), key),
    edit: (ref, message) => platform.edit(ref, redactMessage(message, redact)),
    whisper: (request, text, actions) => platform.whisper(request, redact(text), actions),
  }
}

function redactMessage(message: Message, redact: Redact): Message {
  const { text, detail, footer, files } = message
  return {
    ...message,
    text: redact(text),
    ...(detail === undefined ? {} : { detail: redact(detail) }),
    ...(footer === undefined ? {} : { footer: redact(footer) }),
    ...(files === undefined ? {} : { files: files.map(file => redactFile(file, redact)) }),
  }
}

/** A file's name is shown, and a text that became one is ours; a copy of an output is what the agent made, byte for byte. */
function redactFile(file: PostFile, redact: Redact): PostFile {
  const named = { ...file, name: redact(file.name) }
  if (!('text' in named)) return named
  const text = redact(named.text)
  return { ...named, text, bytes: Buffer.byteLength(text) }
}
