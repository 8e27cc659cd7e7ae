// What the state of the audit's chains means.

/** Events wait for their link for a second; so many are more than a moment's work. */
const MANY = 1000;

/** @param {Api.AuditState} state @returns {'broken' | 'behind' | 'fresh' | 'whole'} */
export function verdict({ seal_holds: holds, sealed_at: sealed, unlinked, broken }) {
  if (!holds || broken.length) return 'broken';
  if (unlinked > MANY) return 'behind';
  return sealed ? 'whole' : 'fresh';
}
