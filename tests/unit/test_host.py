"""Which boot of which machine this is."""

from jupyter_green.sources.machine import host
from jupyter_green.sources.variables import BOOT_ID_VARIABLE


def test_another_boot_id_is_another_host(tmp_path, monkeypatch):
    ids = [tmp_path / "one", tmp_path / "two", tmp_path / "one, too"]
    for path, text in zip(ids, ("1d2e\n", "9f00\n", "1d2e\n"), strict=True):
        path.write_text(text)

    def host_by(path):
        monkeypatch.setenv(BOOT_ID_VARIABLE, str(path))
        return host()

    one, two, one_too = map(host_by, ids)
    assert one == one_too == host(ids[0])
    assert one != two
    monkeypatch.delenv(BOOT_ID_VARIABLE)
    assert host() not in (one, two)
