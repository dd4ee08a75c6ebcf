import { beforeEach, expect, it } from 'vitest';

import { showReports } from '../../src/saved/page';
import { aReport } from '../fixtures';

function pageWith(record: string): void {
  document.body.innerHTML = `<div class="jg-Report">
    <script type="application/json">${record}</script>
    <p>the page beside it</p>
  </div>`;
  showReports(document);
}

beforeEach(() => {
  document.body.replaceChildren();
});

it('shows a report in place of the page beside it', () => {
  const report = aReport({ label: 'fit', duration_s: 12 });
  pageWith(JSON.stringify(report));
  expect(document.querySelector('.jpg-label')?.textContent).toBe('fit');
  expect(document.querySelector('canvas')).not.toBeNull();
  expect(document.body.textContent).not.toContain('the page beside it');
});

it('keeps the page beside a record that it cannot read', () => {
  for (const record of ['{"schema": "another"}', '{"half', '']) {
    pageWith(record);
    expect(document.body.textContent).toContain('the page beside it');
    expect(document.querySelector('.jpg-fitted')).toBeNull();
  }
});
