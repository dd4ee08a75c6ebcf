/** Works `compute` out once for each object, such as a row that does not change. */
export function memoised<K extends object, V>(
  compute: (key: K) => V
): (key: K) => V {
  const values = new WeakMap<K, { readonly value: V }>();
  return key => {
    let known = values.get(key);
    if (!known) {
      known = { value: compute(key) };
      values.set(key, known);
    }
    return known.value;
  };
}
