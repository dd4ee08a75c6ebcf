"""``%green pareto`` in a real kernel: the session's runs by a metric and joules."""

CELLS = (
    "%%energy --label low --metric acc --metric loss=1-acc --per 100 row\nacc = 0.5",
    "%%energy --label up --metric acc --metric loss=1-acc --per 9 row\nacc = 0.9\nsum(range(9**6))",
    "%%energy --label without\n1",
)


def test_it_ranks_what_the_session_metered(kernel):
    for cell in CELLS:
        kernel.run(cell)
    ran = kernel.run("%green pareto acc")
    assert ran.status == "ok"
    table, figure = ran.of("display_data")
    text = table["data"]["text/plain"]
    for label in ("low", "up"):
        assert f"] {label}" in text
    assert "without" not in text
    assert "<table" in table["data"]["text/html"]
    assert "image/png" in figure["data"]
    assert "/row" in kernel.run("%green pareto --per").of("display_data")[0]["data"]["text/plain"]
    loss = kernel.run("%green pareto loss --lowest").of("display_data")[0]["data"]["text/plain"]
    assert loss.splitlines()[0].split()[:2] == ["run", "loss"]


def test_a_metric_that_nobody_logged_says_how_to(kernel):
    kernel.run(CELLS[0])
    ran = kernel.run("%green pareto f1")
    assert ran.reply["ename"] == "UsageError"
    assert "no report has f1; there are acc, loss" in ran.reply["evalue"]
