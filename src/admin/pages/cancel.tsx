/** Asks once: the button is behind a sentence that says what will happen. */
export const Cancel = ({ action, word = 'Cancel…' }: { action: string; word?: string }) => (
  <details class="confirm">
    <summary>{word}</summary>
    <form method="post" action={action}>
      <p>This stops the job for good. Files that it has made until then are kept.</p>
      <button type="submit" class="grave">
        Cancel the job
      </button>
    </form>
  </details>
)
