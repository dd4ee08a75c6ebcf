/** What users have said of the meter of a notebook, for as long as the browser tab is there. */
import { type IStorage, storedList, storeList } from '../model/storage';
import { boolean, list, object, text } from '../record/validation';

const KEY = 'jupyter-green:load-meter';
/** The answers of older sessions are forgotten. */
const MOST = 200;

/** That a question was asked in a session of a notebook, and whether the meter is wanted there. */
export interface ILoadAnswer {
  /** The id of the session, which a page that is reloaded finds again. */
  readonly session: string;
  readonly isWanted: boolean;
}

const answers = list<ILoadAnswer>(
  object<ILoadAnswer>({ session: text({ maxLength: 200 }), isWanted: boolean }),
  MOST
);

/** Returns what was said in a session; undefined where nothing was asked. */
export function recalled(
  store: IStorage,
  session: string
): ILoadAnswer | undefined {
  return storedList(store, KEY, answers).find(
    answer => answer.session === session
  );
}

/** Keeps what was said in a session. */
export function keep(store: IStorage, answer: ILoadAnswer): void {
  const others = storedList(store, KEY, answers).filter(
    ({ session }) => session !== answer.session
  );
  storeList(store, KEY, [...others, answer].slice(-MOST));
}
