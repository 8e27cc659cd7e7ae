// What a form sends.

/** Without the fields that were left empty. @param {Record<string, string>} values @returns {Record<string, string>} */
export const filled = (values) =>
  Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, value.trim()])
      .filter(([, value]) => value),
  );
