"""Whether all that a view of a run says has room in it."""

CUT_OFF = """
() => [...document.querySelectorAll('.jpg-fitted *')]
    .filter(node => node.clientWidth > 0 && !node.closest('.jpg-hidden, .jpg-details'))
    .filter(node => {
        const {right, top} = node.getBoundingClientRect();
        const row = node.closest('.jpg-domain')?.getBoundingClientRect();
        if (row && node.matches('.jpg-domain *')) {
            return top < row.bottom - 2 && right > row.right + 1;
        }
        return (!row && node.scrollWidth > node.clientWidth + 1)
            || right > node.closest('.jpg-fitted').getBoundingClientRect().right + 1;
    })
    .map(node => `${node.className || node.tagName}: ${node.textContent.slice(0, 60)}`)
"""
"""Returns what runs over the edge of its box, as texts.

What a domain's device is has no room in a narrow row and is then left out, as a whole: it
stands below the row's edge.
"""
