"""A TrainingView hears its buttons while a cell is busy, where the kernel gives the browser a thread of its own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.processes

manager_of = pytest.importorskip("jupyter_client.manager", reason="no kernels here: pip install 'segtutor[test]'")

# A cell that speaks through the view, as a training does, and looks whether the browser was heard meanwhile.
BUSY = """
import time
end = time.monotonic() + 6
while view.asked == "run" and time.monotonic() < end:
    view.message = str(time.monotonic())
    time.sleep(0.02)
print(view.asked)
view.asked = "run"
"""


@pytest.fixture(scope="module")
def kernel():
    manager, client = manager_of.start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code: str, meanwhile=lambda: None) -> str:
    """What the cell printed; `meanwhile` is done once the cell has spoken."""
    printed, asked = [], False

    def hook(message):
        nonlocal asked
        if message["msg_type"] == "comm_msg" and not asked:
            asked = True
            meanwhile()
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, output_hook=hook, timeout=60, store_history=False)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed).strip().splitlines()[-1]


def subshell(client) -> str:
    """A thread for the browser's messages, as JupyterLab asks for one."""
    message = client.session.msg("create_subshell_request")
    client.control_channel.send(message)
    while True:
        reply = client.get_control_msg(timeout=20)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            return reply["content"]["subshell_id"]


def test_a_busy_cell_does_not_keep_the_buttons_from_the_view(kernel):
    version = run(kernel, "import ipykernel; print(ipykernel.__version__)")
    if version.startswith(("5.", "6.")):
        pytest.skip(f"ipykernel {version} has one thread for cells and buttons; from 7.0 on they are two")
    thread = subshell(kernel)
    comm = run(kernel, "import segtutor as st; view = st.widgets.TrainingView(); print(view.model_id)")

    def press(comm: str) -> None:
        data = {"method": "update", "state": {"asked": "stop"}, "buffer_paths": []}
        message = kernel.session.msg("comm_msg", {"comm_id": comm, "data": data})
        message["header"]["subshell_id"] = thread
        kernel.shell_channel.send(message)

    assert run(kernel, BUSY, lambda: press(comm)) == "stop"
    again = run(kernel, "view.close(); view.open(); view.asked = 'run'; print(view.model_id)")
    assert run(kernel, BUSY, lambda: press(again)) == "stop", "a view that was closed and opened again"
