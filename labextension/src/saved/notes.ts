import type { IDomainReport, IReport, ReportStatus } from '../record/report';
import { scaleOfTotal } from '../record/scale';
import { duration, energy } from '../text/format';
import { coverageWords } from '../text/hostlines';
import { verbatim } from '../text/verbatim';
import {
  domainUncertainties,
  flagWords,
  oldBaseline,
  sentence,
  shareSentence,
  type Translator,
  uncertaintySentence
} from '../text/words';

/** What is to be said of a report beside its figures, as sentences; those of `output.py`. */
export function notesOf(report: IReport, trans: Translator): string[] {
  const coverage = coverageWords(report, trans);
  const notes = [
    statusSentence(report.status, trans),
    report.energy_j === null
      ? trans.__('No sensor could be read, so there are no joules to show.')
      : '',
    uncertaintySentence(report.uncertainty_j, scaleOfTotal(report), trans),
    ...(report.flags ?? []).map(flag => sentence(flagWords(flag, trans))),
    ...(report.notes ?? []).map(note => verbatim(note)),
    coverage ? sentence(coverage) : '',
    shareSentence(report, trans),
    oldBaseline(report, trans),
    gapsSentence(report, trans),
    ...report.domains.map(domain => domainSentence(domain, trans)),
    report.stage ? trans.__('Stage: %1.', verbatim(report.stage)) : ''
  ];
  return notes.filter(Boolean);
}

/** How a run ended that did not just end, or empty. */
function statusSentence(status: ReportStatus, trans: Translator): string {
  switch (status) {
    case 'ok':
      return '';
    case 'error':
      return trans.__(
        'The cell ended with an error; the figures cover the time until then.'
      );
    case 'interrupted':
      return trans.__(
        'The cell was interrupted; the figures cover the time until then.'
      );
    case 'died':
      return trans.__(
        'The measured process ended before the cell did; the figures cover the time until then.'
      );
  }
}

/** Says where the curve is blank, or empty. */
function gapsSentence({ gaps }: IReport, trans: Translator): string {
  const lost_s = gaps.reduce((sum_s, [begin, end]) => sum_s + end - begin, 0);
  return gaps.length > 0
    ? trans._n(
        '1 gap without samples (%2): the curve is blank there.',
        '%1 gaps without samples, %2 in total: the curve is blank there.',
        gaps.length,
        duration(lost_s)
      )
    : '';
}

/** What is to be known of a domain's figures, after its name, or empty. */
function domainSentence(domain: IDomainReport, trans: Translator): string {
  const { id, flags, integrated_power_j, note } = domain;
  const parts = flags.map(flag => flagWords(flag, trans));
  if (domain.scale) {
    parts.push(domainUncertainties(domain, trans));
  }
  if (integrated_power_j !== undefined) {
    parts.push(
      trans.__(
        '%1 from its reported power',
        energy(integrated_power_j, null, null)
      )
    );
  }
  if (note !== undefined && !flags.includes('replayed')) {
    parts.push(note);
  }
  return parts.length > 0 ? `${id}: ${parts.join(' · ')}.` : '';
}
