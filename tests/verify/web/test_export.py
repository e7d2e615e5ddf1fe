import re

from verify.web.export import export


def test_exported_pages_link_to_one_another_and_ask_nothing(tmp_path):
    assert export(tmp_path) == 45
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) == 45
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert "<math" in html
        assert "\\frac" not in html
        assert not re.search(r"<form|<script|<textarea|you type", html)
        for link in re.findall(r'(?:href|src)="([^"#]+)"', html):
            assert (page.parent / link).is_file(), (page, link)
        if page.parent.name == "claims":
            assert 'class="proof proved"' in html
            assert not re.search(r'class="proof (undecided|refuted)"', html)
