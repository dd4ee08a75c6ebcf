import type { IDomain } from '../chart/curve';
import type { IReport } from '../record/report';
import { handoverOf } from './handover';

/** The domains of a report, with what the page has seen of them while it ran. */
export function knownDomains(report: IReport): readonly IDomain[] {
  const { baseline_w } = handoverOf(report.run_id);
  return report.domains.map(domain =>
    Object.hasOwn(baseline_w, domain.id)
      ? { ...domain, baseline_w: baseline_w[domain.id] }
      : domain
  );
}
