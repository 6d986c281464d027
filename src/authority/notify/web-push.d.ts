/** What is used of `web-push`: its own types bring Node's along, which this folder does without. */
declare module 'web-push' {
  interface Details {
    readonly endpoint: string
    readonly headers: Readonly<Record<string, string | number>>
    readonly body: Uint8Array
  }
  interface Options {
    readonly vapidDetails: { readonly subject: string; readonly publicKey: string; readonly privateKey: string }
    readonly TTL: number
    readonly urgency: 'low' | 'normal' | 'high'
    readonly topic?: string
  }
  /** Throws for a key or an endpoint that is none. */
  function generateRequestDetails(
    subscription: { readonly endpoint: string; readonly keys: { readonly p256dh: string; readonly auth: string } },
    payload: string,
    options: Options,
  ): Details
  const webPush: { readonly generateRequestDetails: typeof generateRequestDetails }
  export default webPush
}
