import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/**
 * What the carried browser is started with, without the switches that make a page less safe than a person's browser,
 * or that keep it in one process, which the first closed page takes down.
 */
const UNFIT = /^--(disable-web-security|allow-running-insecure-content|single-process|no-zygote|disable-site-isolation)/

/** A real browser; it unpacks itself into the system's folder for temporary files at its first start. */
export async function startBrowser(): Promise<Browser> {
  const args = chromium.args.filter(arg => !UNFIT.test(arg))
  return await playwright.launch({ args, executablePath: await chromium.executablePath() })
}
