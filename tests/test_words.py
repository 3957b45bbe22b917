"""What is said in other languages: the catalogue fits the sources, and Python and JavaScript say the same of it."""

import ast
import gettext
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_javascript import _node
from toy_segmenter import ToySegmenter

import segtutor as st
from segtutor import words
from segtutor.errors import UserError
from segtutor.words.html import translated

ROOT = Path(__file__).parent.parent
_SPEC = importlib.util.spec_from_file_location("tools_words", ROOT / "tools" / "words.py")
tool = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tool)
BACK = ["back: x"]


def test_the_catalogue_is_complete_and_up_to_date():
    texts, wrong, _ = tool.made()
    assert wrong == []
    stale = [str(path) for path, text in texts.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "python tools/words.py"


class TestMessagesOfSources:
    def test_of_javascript(self):
        text = """tr("a {x}", { x: tr('b "q"') }); trCount("{n} c", "{n} cs", n); str("no"); trLater(
          "d",
        ); `${tr("e")}`; p(...trParts("f {x}", {})); it.tr("no"); trCount("no", x)"""
        found = [message for message, _ in tool.of_javascript(text)]
        assert found == ["a {x}", 'b "q"', ("{n} c", "{n} cs"), "d", "e", "f {x}"]

    def test_of_python(self):
        text = "from segtutor.words import tr\ntr('a', x=tr_later('b'))\ntr_count('c', 'cs', 2)\ntr(x)\nother('no')"
        assert sorted(map(str, (message for message, _ in tool.of_python(text)))) == ["('c', 'cs')", "a", "b"]

    def test_of_html(self):
        text = '<p class="x" data-tr>a\n <b>b</b></p><i data-tr-label aria-label="c">no</i><p>no</p>'
        assert [message for message, _ in tool.of_html(text)] == ["a <b>b</b>", "c"]

    def test_nothing_is_said_outside_the_catalogue(self):
        """Texts of several words that no function of the catalogue is called with: none but classes of CSS and such."""
        left = {one: path.name for path in _speaking_sources() for one in _uncatalogued(path.read_text("utf-8"))}
        assert {one: name for one, name in left.items() if one not in KEPT} == {}

    def test_what_is_said_outside_the_catalogue_is_found(self):
        text = (
            """// @ts-check\nf("a text"); tr("b text"); g({ class: "segtutor-a b" }); // "a remark"\n/* "one more" */"""
        )
        assert _uncatalogued(text) == ["a text"]

    def test_a_new_message_without_an_entry_is_a_fault(self):
        catalogue = tool.updated("ja", _template("a message that no catalogue has"))
        assert tool.faults("ja", catalogue) == ["ja: a message has no translation: 'a message that no catalogue has'"]


class TestExplorers:
    """An explorer outside of the Explainer may say in English what has no translation, and says so."""

    def test_only_what_the_explainer_says_must_be_translated(self):
        template = _template("only a box says this")
        template["only a box says this"].locations = [("segtutor/widgets/boxes/explorer.py", 1)]
        template.add("the Explainer says this", locations=[("segtutor/widgets/explainer/still.py", 1)])
        said = tool.said_by(template)
        assert said == {"boxes": {"only a box says this"}, "explainer": {"the Explainer says this"}}
        catalogue = tool.updated("ja", template)
        wrong = tool.faults("ja", catalogue, tool.may_stay_english(said, template))
        assert wrong == ["ja: a message has no translation: 'the Explainer says this'"]
        assert "boxes 0 of 1, explainer 0 of 1" in tool.progress("ja", catalogue, said)
        catalogue["only a box says this"].string = "箱だけ"
        assert json.loads(tool.compiled("ja", catalogue, said))["complete"] == ["boxes"]
        # no back-translation either
        assert len(tool.faults("ja", catalogue, tool.may_stay_english(said, template))) == 2

    def test_a_message_of_a_shared_file_counts_where_the_module_holds_it(self):
        said = tool.said_by(tool.messages())
        assert "Networks" in said["scene"]
        assert "Networks" not in said["explainer"]

    def test_a_widget_speaks_the_chosen_language_and_another_when_it_is_set(self, monkeypatch):
        pytest.importorskip("anywidget")
        toy = ToySegmenter()

        def made():
            return st.widgets.ThresholdExplorer(toy, toy.image)

        monkeypatch.delenv(words.VARIABLE, raising=False)
        english = made()
        assert (english.language, english.wording) == ("en", "")
        monkeypatch.setenv(words.VARIABLE, "ja")
        japanese = made()
        assert japanese.language == "ja"
        told = json.loads(japanese.wording)
        assert told["language"] == "ja"
        assert told["complete"] is ("thresholds" in words.catalogue("ja")["complete"])
        assert set(told["messages"]) < set(words.catalogue("ja")["messages"])
        english.language = "ZH-hans"
        assert json.loads(english.wording)["language"] == english.language == "zh-Hans"
        english.language = "en"
        assert english.wording == ""
        with pytest.raises(UserError, match="Klingon"):
            english.language = "Klingon"
        monkeypatch.setenv(words.VARIABLE, "xx")
        with pytest.raises(UserError, match="xx"):
            made()


# Keys, classes of CSS, colours, a formula, errors that are caught.
KEPT = {
    "lane pixels", "lane masks", "the browser made no picture", "q · k / √16", "below threshold",
    "no object", "chosen best", "learning rate", "pixels right", "too large",
}  # fmt: skip


def _uncatalogued(text: str) -> list[str]:
    """Texts of several words in JavaScript that are no argument of a function of the catalogue."""
    text = re.sub(r"/\*[\s\S]*?\*/|(?:^|\s)//\s[^\n]*$", "", text, flags=re.MULTILINE)
    text = re.sub(rf"\b(?:tr|trLater|trParts|trCount)\(\s*{tool._STRING}(?:,\s*{tool._STRING})?", "", text)
    found = re.findall(r'"([A-Za-z][^"\n]* [^"\n]*)"', text)
    return [one for one in found if not one.startswith(("segtutor-", "<svg ", "rgba("))]


def _speaking_sources() -> list[Path]:
    """All explorers, and what the Explainer's page is built of."""
    built = (ROOT / "segtutor" / "pages" / "built" / "explainer.js").read_text(encoding="utf-8")
    page = {ROOT / name for name in re.findall(r"^   (segtutor/\S+\.js)$", built, flags=re.MULTILINE)}
    explorers = {path for path in (ROOT / "segtutor" / "widgets").rglob("*.js") if path.parent.name != "built"}
    assert len(page) > 20
    assert len(explorers - page) > 20
    return sorted(page | explorers)


class TestNothingOfATranslatorIsLost:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        """A folder of translations with one message, translated."""
        shutil.copy(tool.FOLDER / "glossary.csv", tmp_path)
        monkeypatch.setattr(tool, "FOLDER", tmp_path)
        catalogue = tool.updated("ja", _template("The layer reads {n} cells."))
        catalogue.get("The layer reads {n} cells.").string = "層は {n} 個のセルを読みます。"
        catalogue.get("The layer reads {n} cells.").user_comments = BACK
        self.keep(tmp_path, catalogue)
        return tmp_path

    def keep(self, folder, catalogue) -> str:
        text = tool.po_text(catalogue)
        (folder / "ja.po").write_text(text, encoding="utf-8")
        return text

    def test_a_reworded_message_keeps_it_as_fuzzy(self, folder):
        reworded = "The layer reads {n} cells now."
        found = tool.updated("ja", _template(reworded))
        text = self.keep(folder, found)
        assert "\n#, fuzzy" in text
        assert "# was: The layer reads {n} cells.\n# back: x\n" in text
        assert found.get(reworded).string == "層は {n} 個のセルを読みます。"
        assert len(tool.faults("ja", found)) == 1
        assert json.loads(tool.compiled("ja", found, {}))["messages"] == {}
        again = tool.updated("ja", _template(reworded))
        assert self.keep(folder, again) == text
        again.get(reworded).flags.discard("fuzzy")  # as the translator does
        assert tool.faults("ja", again) == []
        self.keep(folder, again)
        assert "was:" not in self.keep(folder, tool.updated("ja", _template(reworded)))
        assert list(json.loads(tool.compiled("ja", again, {}))["messages"]) == [reworded]

    def test_a_message_that_is_gone_comes_back_with_it(self, folder):
        before = (folder / "ja.po").read_text(encoding="utf-8")
        without = tool.updated("ja", _template("Quite another thing"))
        text = self.keep(folder, without)
        assert '#~ msgstr "層は {n} 個のセルを読みます。"\n' in text
        assert json.loads(tool.compiled("ja", without, {}))["messages"] == {}
        assert self.keep(folder, tool.updated("ja", _template("Quite another thing"))) == text
        back = tool.updated("ja", _template("The layer reads {n} cells."))
        assert back.get("The layer reads {n} cells.").string == "層は {n} 個のセルを読みます。"
        assert tool.faults("ja", back) == []
        assert self.keep(folder, back).startswith(before)

    @pytest.mark.parametrize("wrong", ['msgid "a"\nmsgstr "b\n', 'msgid "a"\nmsgstr b"\n', 'msgid "a"\nwhat "b"\n'])
    def test_a_file_that_is_no_po_is_refused(self, folder, wrong):
        text = (folder / "ja.po").read_text(encoding="utf-8")
        (folder / "ja.po").write_text(f"{text}\n{wrong}", encoding="utf-8")
        with pytest.raises(UserError) as told:
            tool.updated("ja", _template("a"))
        assert "\n" not in str(told.value)
        assert str(text.count("\n") + 3) in str(told.value)


def _template(message):
    template = tool.Catalog()
    template.add(message, locations=[("a.js", 1)])
    return template


class TestFaults:
    @pytest.mark.parametrize(
        ("message", "string", "count"),
        [
            ("a {x}", "{x} a", 0),
            ("a {x}", "a", 1),
            ("a {x}", "{x} {y}", 1),
            ("a <b>b</b>", "<b>a</b>", 0),
            ("a <b>b</b>", "<b>a", 1),
            (("{n} a", "{n} as"), ("{n} a",), 0),
            (("{n} a", "{n} as"), ("a",), 1),
            (("{n} a", "{n} as"), ("{n} a", "{n} a"), 1),
            ("a", "", 1),
        ],
    )
    def test_of_a_message(self, message, string, count):
        assert len(tool.message_faults(tool.Message(message, string, user_comments=BACK), 1)) == count

    def test_a_translation_without_its_back_translation(self):
        assert len(tool.message_faults(tool.Message("a", "b"), 1)) == 1

    def test_plural_forms_are_those_of_cldr(self):
        assert tool.plural_categories(tool.Catalog(locale="ja")) == ["other"]
        assert tool.plural_categories(tool.Catalog(locale="en")) == ["one", "other"]
        other = tool.Catalog(locale="ja")
        other._num_plurals, other._plural_expr = 2, "(n != 1)"  # as a wrong header of a PO file may say
        with pytest.raises(ValueError):
            tool.plural_categories(other)


def test_python_knows_its_languages(monkeypatch):
    monkeypatch.delenv(words.VARIABLE, raising=False)
    assert words.chosen() == "en"
    monkeypatch.setenv(words.VARIABLE, "xx")
    with pytest.raises(UserError):
        words.chosen()
    with pytest.raises(UserError):
        words.checked("Klingon")
    assert words.checked("EN") == "en"


def test_english_needs_no_catalogue():
    assert words.tr("a {x} {y}", x=1) == "a 1 {y}"
    assert [words.tr_count("{n} a", "{n} as", n) for n in (0, 1, 2)] == ["0 as", "1 a", "2 as"]


def test_html_keeps_what_is_not_marked():
    text, held = translated(
        '<p data-tr>a {x}</p><p>b</p><i class="y" data-tr-label aria-label="c">d</i>', "en", {"x": "1"}
    )
    assert text == '<p data-tr="0">a 1</p><p>b</p><i class="y" data-tr-label="1" aria-label="c">d</i>'
    assert held == {"0": "a 1", "1": "c"}


def test_javascript_says_what_python_says():
    catalogues = [words.catalogue(language) for language in words.LANGUAGES]
    polish = {  # the forms of a language that has more of them
        "language": "pl",
        "messages": {"{n} a": ["{n} one", "{n} few", "{n} many"]},
        "plurals": ["one", "few", "many"],
        "plural": "(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)",
    }
    numbers = [*range(30), 100, 101, 112, 122]
    script = f"""
    import {{ tr, trCount, trParts, useWords }} from {json.dumps((ROOT / "segtutor/widgets/shared/words.js").as_uri())};
    const said = [];
    for (const one of {json.dumps([*catalogues, polish])}) {{
      useWords(one);
      said.push({json.dumps(numbers)}.map((n) => trCount("{{n}} a", "{{n}} as", n)));
    }}
    useWords(null);
    said.push(tr("a {{x}} {{y}}", {{ x: 1 }}), trParts("{{b}} a {{x}}.", {{ x: 1, b: 2 }}));
    console.log(JSON.stringify(said));"""
    done = subprocess.run([_node(), "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    *counted, text, parts = json.loads(done.stdout)
    for language, found in zip(words.LANGUAGES, counted, strict=False):
        assert found == [words.tr_count("{n} a", "{n} as", n, language) for n in numbers]
    form = gettext.c2py(polish["plural"])
    assert counted[-1] == [polish["messages"]["{n} a"][form(n)].replace("{n}", str(n)) for n in numbers]
    assert text == "a 1 {y}"
    assert parts == [2, " a ", 1, "."]


def test_the_catalogue_needs_no_package():
    """Babel makes the catalogue; whoever reads the course has it already made."""
    for path in (ROOT / "segtutor" / "words").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= {
                *("__future__", "collections", "functools", "gettext", "importlib"),
                *("json", "os", "re", "segtutor", "typing"),
            }
