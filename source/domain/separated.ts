/** A whole number with thousands separators, as Intl.NumberFormat writes it, which takes 10 ms to load. */
export function separated(value: number): string {
  const digits = Math.abs(value) < 1e21 ? String(Math.trunc(value)) : String(BigInt(value));
  return digits.length < 4 ? digits : digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}
