import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { IReport } from '../../src/record/report';
import { parseReport } from '../../src/record/savedreport';
import { RecordError } from '../../src/record/validation';
import { tasksTable } from '../../src/saved/taskstable';
import { UNTRANSLATED } from '../../src/text/words';

const CASES = join(__dirname, '../../../tests/data/host_cases.json');
const { record } = JSON.parse(readFileSync(CASES, 'utf-8')) as {
  record: object;
};
const tasks = {
  energy_j: 60,
  uncertainty_j: 0.1,
  hosts: 1,
  hosts_above_idle: 0,
  no_task_j: 7.5,
  kinds: [{ name: 'sum', tasks: 4, duration_s: 3, energy_j: 32.345 }],
  others: { name: 'others', tasks: 1, duration_s: 2, energy_j: 20.155 }
};

describe('what tasks used', () => {
  it('has a row for each prefix, others and the time without a task', () => {
    const report = parseReport({ ...record, tasks }) as IReport;
    const [table] = tasksTable(report, UNTRANSLATED);
    const rows = [...table.querySelectorAll('tr')].map(row =>
      [...row.children].map(cell => cell.textContent)
    );
    expect(rows.slice(1)).toEqual([
      ['sum', '≈ 32 J', '4', '3.00 s'],
      ["other clients' tasks", '≈ 20 J', '1', '2.00 s'],
      ['no task to do', '≈ 7.5 J', '', '']
    ]);
    expect(tasksTable({}, UNTRANSLATED)).toEqual([]);
  });

  it('is refused where it cannot be', () => {
    const wrong = { ...tasks, no_task_j: -1 };
    expect(parseReport({ ...record, tasks: wrong })).toBeInstanceOf(
      RecordError
    );
  });
});
