/** An object that the database returned, before its fields are checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a JSON object; none if the value is no object. */
export function fieldsOf(body: unknown): Fields {
  return isFields(body) ? body : {};
}

/** The objects of a JSON array; none if the value is no array. */
export function eachOf(body: unknown): readonly Fields[] {
  return Array.isArray(body) ? body.map(fieldsOf) : [];
}

export function isFields(body: unknown): body is Fields {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}
