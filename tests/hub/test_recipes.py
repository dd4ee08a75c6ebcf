"""The configurations of docs/how-to/jupyterhub.md, given to the real spawners."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from traitlets.config import Config

from tests.kernel.pages import blocks

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "how-to" / "jupyterhub.md"
FOLDER = "/run/jupyter-green"
NO_CLUSTER = """
apiVersion: v1
kind: Config
current-context: none
contexts: [{ name: none, context: { cluster: none, user: none } }]
clusters: [{ name: none, cluster: { server: "http://127.0.0.1:9" } }]
users: [{ name: none, user: {} }]
"""


def recipe(spawner):
    """What the page tells users of a spawner to write."""
    (text,) = (
        block.text
        for block in blocks(PAGE)
        if block.language == "python" and f"c.{spawner}." in block.text
    )
    config = Config()
    exec(text, {"c": config})
    return config


def group():
    manifest = REPOSITORY / "deploy" / "kubernetes" / "jupyter-green.yaml"
    documents = yaml.safe_load_all(manifest.read_text())
    daemon_set = next(each for each in documents if each["kind"] == "DaemonSet")
    (container,) = daemon_set["spec"]["template"]["spec"]["containers"]
    return container["securityContext"]["runAsGroup"]


@pytest.fixture
def user():
    """A user as spawners are told of one."""
    return SimpleNamespace(name="ada", url="/user/ada/", id=1, settings={}, escaped_name="ada")


def known(config, class_):
    """Whether each setting is one of the spawner's."""
    return set(config[class_.__name__]) <= set(class_.class_trait_names(config=True))


def test_systemd_adds_the_group(user):
    from systemdspawner import SystemdSpawner

    config = recipe("SystemdSpawner")
    assert known(config, SystemdSpawner)
    made = SystemdSpawner(config=config, user=user)
    assert made.unit_extra_properties == {"SupplementaryGroups": "jupyter-green"}


def test_docker_mounts_the_folder_read_only(user):
    from dockerspawner import DockerSpawner

    config = recipe("DockerSpawner")
    assert known(config, DockerSpawner)
    made = DockerSpawner(config=config, user=user)
    assert made.volume_binds[FOLDER] == {"bind": FOLDER, "mode": "ro"}
    from docker.types import HostConfig

    asked = HostConfig(version="1.44", binds=made.volume_binds, **made.extra_host_config)
    assert asked["GroupAdd"] == ["998"]
    assert f"{FOLDER}:{FOLDER}:ro" in asked["Binds"]


def test_kubernetes_mounts_the_folder_read_only(user, tmp_path, monkeypatch):
    (tmp_path / "kubeconfig").write_text(NO_CLUSTER)  # it is not asked for anything
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    import kubespawner

    config = recipe("KubeSpawner")
    assert known(config, kubespawner.KubeSpawner)

    async def manifest():
        made = kubespawner.KubeSpawner(config=config, user=user, _mock=True)
        pod = await made.get_pod_manifest()
        return made.api.api_client.sanitize_for_serialization(pod)["spec"]

    pod = asyncio.run(manifest())
    assert pod["securityContext"]["supplementalGroups"] == [group()]
    mounts = {each["name"]: each for each in pod["containers"][0]["volumeMounts"]}
    assert mounts["jupyter-green"]["mountPath"] == FOLDER
    assert mounts["jupyter-green"]["readOnly"] is True
    (volume,) = (each for each in pod["volumes"] if each["name"] == "jupyter-green")
    assert volume["hostPath"]["path"] == FOLDER


def test_the_charts_values_say_the_same():
    (text,) = (block.text for block in blocks(PAGE) if block.language == "yaml")
    values = yaml.safe_load(text)
    settings = recipe("KubeSpawner")["KubeSpawner"]
    storage = values["singleuser"]["storage"]
    assert values["hub"]["config"]["KubeSpawner"] == {
        "supplemental_gids": settings["supplemental_gids"]
    }
    assert storage["extraVolumes"] == list(settings["volumes"].values())
    assert storage["extraVolumeMounts"] == list(settings["volume_mounts"].values())
