/** The login page; `message` is why the last try did not let in, `next` where to go afterwards. */
export function loginPage({ base, message, next }: { base: string; message: string | null; next: string }) {
  return (
    <html lang="en">
      <head>
        <title>Log in · Errand</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
      </head>
      <body>
        <main>
          <h1>Errand</h1>
          {message === null ? null : <p role="alert">{message}</p>}
          <form method="post" action={`${base}/login`}>
            <input type="hidden" name="next" value={next} />
            <label>
              Admin token <input type="password" name="token" autocomplete="current-password" required autofocus />
            </label>
            <button type="submit">Log in</button>
          </form>
        </main>
      </body>
    </html>
  )
}
