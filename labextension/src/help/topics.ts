/** The parts of `docs/figures.md`, and how one is found in it. */

/** A link of Markdown to another page of the documentation, which is not there. */
const LINK_TO_PAGE = /\[[^\]]*\]\(([\w-]+\.md)[^)]*\)/g;

/** The page with the names of other pages in place of links to them. */
export function selfContained(markdown: string): string {
  return markdown.replace(LINK_TO_PAGE, '`docs/$1`');
}

/** The topic of a heading, as GitHub makes anchors, or of a flag. */
export function topicOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/\s+/g, '-');
}

/** The heading, or the row of a flag, that a topic names; null where none does. */
export function findTopic(
  page: HTMLElement,
  topic: string
): HTMLElement | null {
  const places = page.querySelectorAll<HTMLElement>(
    'h1, h2, h3, td:first-child'
  );
  return (
    [...places].find(({ textContent }) => topicOf(textContent) === topic) ??
    null
  );
}
