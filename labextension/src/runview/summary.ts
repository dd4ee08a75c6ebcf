/** A run in few words: joules, then watts, then time. */
import type { Run } from '../feed/run';
import { isReplayed } from '../record/playback';
import { isBelowResolution, isEstimate } from '../record/quantity';
import type { IReport } from '../record/report';
import { scaleOfTotal } from '../record/scale';
import { duration, meanPower } from '../text/format';
import { metricWords, MOST_METRICS, perUnitWords } from '../text/outcomewords';
import { provenanceWord, type Translator, waitingWords } from '../text/words';
import { figuresOfNow, totalOf } from './figures';

/**
 * A report in few words, such as `12.3 ± 0.4 J · 10.0 W mean · 1.20 s · measured`;
 * those of `summary.py` in the Python package.
 */
export function lineOf(report: IReport, trans: Translator): string {
  const { label, energy_j, uncertainty_j, domains } = report;
  const isKnown = !isBelowResolution(energy_j, uncertainty_j);
  const scale = scaleOfTotal(report);
  const parts = [
    totalOf(report, trans),
    perUnitWords(report, scale),
    report.mean_power_w !== null && isKnown
      ? trans.__('%1 mean', meanPower(report, scale))
      : '',
    duration(report.duration_s),
    ...metricWords(report.metric).slice(0, MOST_METRICS),
    domains.length === 0 ? noSensor(trans) : howOf(report, trans),
    statusOf(report, trans)
  ];
  return named(label, parts);
}

/** A run that goes on, or will have no report, in few words. */
export function lineOfNow(run: Run, trans: Translator): string {
  const { failure, isLost, isMetered, now, head } = run;
  const { energy, power, time } = figuresOfNow(run, trans);
  const state = failure
    ? failure
    : isLost
      ? trans.__('the kernel stopped; run the cell again')
      : !isMetered
        ? noSensor(trans)
        : now?.waits
          ? waitingWords(trans)
          : trans.__('measuring …');
  const { hosts } = run.soFar;
  const known = now ? [energy[0], trans.__('%1 now', power[0]), time[0]] : [];
  const of = hosts > 1 ? trans.__('of %1 hosts', hosts) : '';
  return named(head.label, [...known, of, state]);
}

function noSensor(trans: Translator): string {
  return trans.__('no sensor can be read here: %green doctor says why');
}

function named(label: string | null, parts: readonly string[]): string {
  const words = parts.filter(Boolean).join(' · ');
  return label ? `${label}: ${words}` : words;
}

/** How the joules came about, or empty where there are none. */
function howOf(report: IReport, trans: Translator): string {
  if (isReplayed([report, ...report.domains])) {
    return trans.__('REPLAY, not measured');
  }
  const { provenance } = report;
  if (provenance === null) {
    return '';
  }
  return isEstimate(provenance)
    ? provenanceWord(provenance, trans)
    : trans.__('measured');
}

/** How the cell ended, or empty where it just did. */
function statusOf({ status }: IReport, trans: Translator): string {
  switch (status) {
    case 'ok':
      return '';
    case 'error':
      return trans.__('error');
    case 'interrupted':
      return trans.__('interrupted');
    case 'died':
      return trans.__('died');
  }
}
