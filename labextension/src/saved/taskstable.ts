import type { IReport, ITaskKind } from '../record/report';
import type { IScaleRange } from '../record/scale';
import { duration, energySoFar } from '../text/format';
import type { Translator } from '../text/words';
import { tableOf } from './table';

/** Nothing is known of how far a task's joules may be off: they have two digits. */
const OF_ANY_SIZE: IScaleRange = { low: 0, high: 2 };

/** A table of what tasks of a cluster used by their prefix, as an estimate; nothing without any. */
export function tasksTable(
  { tasks }: Pick<IReport, 'tasks'>,
  trans: Translator
): readonly HTMLElement[] {
  if (!tasks) {
    return [];
  }
  const row = ({ name, tasks, duration_s, energy_j }: ITaskKind): string[] => [
    name,
    joules(energy_j),
    String(tasks),
    duration(duration_s)
  ];
  const rows = tasks.kinds.map(row);
  if (tasks.others) {
    rows.push(row({ ...tasks.others, name: trans.__("other clients' tasks") }));
  }
  rows.push([trans.__('no task to do'), joules(tasks.no_task_j), '', '']);
  const heads = [
    trans.__('Task prefix'),
    trans.__('Energy, estimated'),
    trans.__('Tasks'),
    trans.__('Seconds')
  ];
  return [tableOf([heads, ...rows])];
}

function joules(energy_j: number): string {
  return energySoFar(energy_j, 'estimate', OF_ANY_SIZE);
}
