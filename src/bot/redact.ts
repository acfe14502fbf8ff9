import type { Message, Platform, PostFile } from './platform.ts'

/** The same platform, except that every text passes `redact` on its way out: no secret of the server is ever posted. */
export function redacted(platform: Platform, redact: (text: string) => string): Platform {
  return {
    ...platform,
    post: (target, message, key) => platform.post(target, redactMessage(message, redact), key),
    edit: (ref, message) => platform.edit(ref, redactMessage(message, redact)),
    whisper: (request, text, actions) => platform.whisper(request, redact(text), actions),
  }
}

function redactMessage(message: Message, redact: (text: string) => string): Message {
  const { text, detail, footer, files } = message
  return {
    ...message,
    text: redact(text),
    ...(detail === undefined ? {} : { detail: redact(detail) }),
    ...(footer === undefined ? {} : { footer: redact(footer) }),
    ...(files === undefined ? {} : { files: files.map(file => redactFile(file, redact)) }),
  }
}

/** A text that became a file is ours to clean; a copy of an output is what the agent made, byte for byte. */
function redactFile(file: PostFile, redact: (text: string) => string): PostFile {
  if (!('text' in file)) return file
  const text = redact(file.text)
  return { ...file, text, bytes: Buffer.byteLength(text) }
}
