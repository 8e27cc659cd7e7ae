// Whether the server can write, as a watcher of it asks.

/** @param {AbortSignal} signal @returns {Promise<boolean>} */
export async function isReady(signal) {
  try {
    const reply = await fetch('/readyz', { cache: 'no-store', signal });
    // A reply that is not read to its end keeps its connection.
    await reply.text();
    return reply.ok;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}
