"""Stages in a real kernel: Tab, and what a cell says of a near miss."""


def completions(kernel, code):
    """What Tab offers at the end of the first line."""
    client = kernel.client
    reply = client.complete(code, len(code.splitlines()[0]), reply=True, timeout=20)
    return reply["content"]["matches"]


def test_tab_completes_stages_flags_and_commands(kernel):
    assert completions(kernel, "%%energy --stage tr\nx = 1") == ["training"]
    assert completions(kernel, "%%energy --stage data --stage efficient-\nx = 1\ny = 2") == [
        *("efficient-training", "efficient-inference", "efficient-data"),
    ]
    assert "infrastructure" in completions(kernel, "%%energy --stage ")
    assert completions(kernel, "%%energy --sta\nx = 1") == ["--stage"]
    assert completions(kernel, "%green rep") == ["report"]
    assert completions(kernel, "%green report --by sta") == ["stage", "status"]


def test_a_cell_says_what_was_meant_and_keeps_what_was_written(kernel):
    cell = "%%energy --stage trainnig --stage Data -v R\nx = 1"
    ran = kernel.run(cell)
    assert 'did you mean "training"?' in ran.reports[-1]["notes"][0]
    assert 'jupyter-green: Stage "trainnig": did you mean "training"?' in ran.text
    again = kernel.run(cell)
    assert again.reports[-1]["notes"]
    assert "did you mean" not in again.text
    assert kernel.run("R.stage").value == "'data + trainnig'"
    ran = kernel.run("%%energy --stage 'a + b'\nx = 'it did not run'")
    assert ran.reply["ename"] == "UsageError"
    assert kernel.run("x").value == "1"
