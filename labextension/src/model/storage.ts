/**
 * Lists that last when the page is reloaded. A store may be closed, full or hold
 * what somebody else has put there: then they last as long as the page.
 */
import { attempt, type Reader, RecordError } from '../record/validation';

/** Where lists are kept: the page's session storage, which ends with its tab. */
export type IStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Returns the list that was kept, an empty one where there is none that can be read. */
export function storedList<T>(
  store: IStorage,
  key: string,
  reader: Reader<readonly T[]>
): readonly T[] {
  try {
    const kept = attempt(reader, JSON.parse(store.getItem(key) ?? '[]'), key);
    return kept instanceof RecordError ? [] : kept;
  } catch {
    return []; // not JSON, or no store
  }
}

/** Keeps a list in the place of the one before. */
export function storeList(
  store: IStorage,
  key: string,
  records: readonly unknown[]
): void {
  try {
    store.setItem(key, JSON.stringify(records));
  } catch {
    // The store is full or closed.
  }
}
