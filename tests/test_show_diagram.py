"""The diagram of the whole network."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

import segtutor as st
from segtutor.errors import UserError
from segtutor.show import diagram as drawing


def yellow(picture) -> int:
    from matplotlib.colors import to_hex

    return sum(to_hex(patch.get_facecolor()) == drawing._MARKED for patch in picture.axes[0].patches)


@pytest.mark.parametrize("part", drawing.PARTS)
def test_each_part_can_be_marked_and_is_said(part):
    picture = st.show.network(part)
    assert yellow(picture) == sum(box.part == part for box in drawing._BOXES)
    assert picture.description.endswith(f"Marked here: {part}.")
    assert yellow(st.show.network()) == 0


def test_another_part_is_refused():
    with pytest.raises(UserError, match="head of state"):
        st.show.network("head of state")


def test_no_words_leave_their_box_and_none_lie_on_others():
    picture = st.show.network("decoder")
    picture.canvas.draw()
    texts = [text.get_window_extent() for text in picture.axes[0].texts if text.get_text()]
    for i, one in enumerate(texts):
        assert one.x0 >= 0
        assert one.x1 <= drawing.WIDTH
        assert not any(one.overlaps(other) for other in texts[i + 1 :])
    for box in drawing._BOXES:
        if box.title:
            inside = [t for t in texts if box.y < drawing.HEIGHT - (t.y0 + t.y1) / 2 < box.y + box.height]
            inside = [t for t in inside if box.x < (t.x0 + t.x1) / 2 < box.x + box.width]
            assert len(inside) == 2, box.part
            assert all(box.x < t.x0 and t.x1 < box.x + box.width for t in inside), box.part


def test_as_svg_it_has_its_words_and_a_title_and_is_the_same_each_time():
    first, second = (st.show.network("merge").to_svg() for _ in range(2))
    assert first == second
    text = "".join(ElementTree.fromstring(first).itertext())
    assert "pixel decoder" in text
    assert "Marked here: merge." in text
