import { curveOf } from '../chart/reported';
import type { IReport } from '../record/report';
import { handoverOf } from './handover';
import type { IRun } from './run';

/** A run that has ended, from its report and what the page has seen of it. */
export function finishedRun(report: IReport): IRun {
  const { baseline_w } = handoverOf(report.run_id);
  const domains = report.domains.map(domain =>
    Object.hasOwn(baseline_w, domain.id)
      ? { ...domain, baseline_w: baseline_w[domain.id] }
      : domain
  );
  return {
    head: { ...report, domains },
    curve: curveOf(report, domains),
    now: null,
    report,
    missing: report.missing,
    failure: ''
  };
}
