"""A session cookie is read as better-auth reads it: a signed token passes, and nothing else does."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.api.sessions import cookie_value, session_secrets, verified_token
from astra_pipeline.errors import SettingError
from astra_pipeline.settings import Settings, forget_settings

PLAIN = "better-auth.session_token"
SECURE = "__Secure-better-auth.session_token"
NAMES = (SECURE, PLAIN)
SECRET = b"a-test-secret-of-32-characters!!"
# Cookies of the real better-auth 1.3.27 and 1.7.1.
GOLDEN = {
    "1.3.27": f"{PLAIN}=HRdz4490HlKtZNNZGy21zRDWhFxdeALh.NtV7b28muoEKq26m2GmrUF4KGJZVSwJc5I63e7vWKhI%3D",
    "1.7.1": f"{SECURE}=puwjYPcVlz0N8ypfM77pbvwgrD8rmOU7.UKXxNiDdW5uAF%2Flo5nl7i33ovP8oUuXp0JnaTBJYreo%3D",
}
TOKENS = {"1.3.27": "HRdz4490HlKtZNNZGy21zRDWhFxdeALh", "1.7.1": "puwjYPcVlz0N8ypfM77pbvwgrD8rmOU7"}
GOLDEN_VALUE = cookie_value([GOLDEN["1.7.1"]], NAMES) or ""
OTHER = "another-secret-of-32-characters!"


def signed(token: str, secret: bytes = SECRET) -> str:
    """The cookie's value before it is percent-encoded."""
    return f"{token}.{base64.b64encode(hmac.digest(secret, token.encode(), hashlib.sha256)).decode()}"


def token_of(*headers: str, secrets: tuple[bytes, ...] = (SECRET,)) -> str | None:
    value = cookie_value(headers, NAMES)
    return verified_token(value, secrets) if value else None


@pytest.mark.parametrize("version", GOLDEN)
def test_a_cookie_of_the_real_library_gives_its_token(version: str) -> None:
    assert token_of(GOLDEN[version]) == TOKENS[version]


@pytest.mark.parametrize("version", GOLDEN)
def test_other_cookies_around_it_change_nothing(version: str) -> None:
    assert (
        token_of("theme=dark; flag", f"a=b=c;{GOLDEN[version]} ; better-auth.session_data=eyJ9") == TOKENS[version]
    )


def test_a_value_that_was_not_encoded_is_taken_as_the_library_takes_it() -> None:
    assert token_of(f"{PLAIN}={GOLDEN_VALUE}") == TOKENS["1.7.1"]
    assert token_of(f'{PLAIN}="{GOLDEN_VALUE}"') == TOKENS["1.7.1"]


@given(st.text("abcdefghijklmnopqrstuvwxyz.0123456789%+ ", min_size=1, max_size=64))
def test_every_token_that_is_signed_and_encoded_comes_back(token: str) -> None:
    assert token_of(f"{PLAIN}={quote(signed(token), safe='')}") == token


@given(st.integers(0, len(GOLDEN_VALUE) - 1), st.characters(codec="ascii"))
def test_one_changed_character_is_refused(place: int, character: str) -> None:
    changed = GOLDEN_VALUE[:place] + character + GOLDEN_VALUE[place + 1 :]
    assert verified_token(changed, [SECRET]) == (TOKENS["1.7.1"] if changed == GOLDEN_VALUE else None)


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert token_of(text, f"{PLAIN}={text}") is None
    assert verified_token(text, [SECRET]) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "." + GOLDEN_VALUE.rpartition(".")[2],
        GOLDEN_VALUE.rpartition(".")[0],
        GOLDEN_VALUE.rpartition(".")[0] + ".",
        GOLDEN_VALUE[:-1],
        GOLDEN_VALUE + "=",
        GOLDEN_VALUE.replace("/", "_").replace("+", "-"),
        GOLDEN_VALUE.replace(".", ".x.", 1),
        # The last character before the padding has two bits that base64 ignores: the same signature, spelled anew.
        GOLDEN_VALUE[:-2] + chr(ord(GOLDEN_VALUE[-2]) + 1) + "=",
        signed("x" * 257),
        signed(TOKENS["1.7.1"], OTHER.encode()),
        quote(quote(GOLDEN_VALUE, safe=""), safe=""),
        GOLDEN["1.7.1"].partition("=")[2].replace("%2F", "%2f%"),
    ],
    ids=str,
)
def test_a_value_that_is_not_as_the_library_writes_it_is_refused(value: str) -> None:
    assert token_of(f"{PLAIN}={value}") is None


def test_a_plus_is_a_plus() -> None:
    token = next(f"token{n}" for n in range(1000) if "+" in signed(f"token{n}"))
    assert token_of(f"{PLAIN}={signed(token)}") == token
    assert token_of(f"{PLAIN}={quote(signed(token), safe='').replace('%2B', '%20')}") is None


def test_the_first_of_several_cookies_of_one_name_counts() -> None:
    assert token_of(f"{PLAIN}=forged; {GOLDEN['1.3.27']}") is None
    assert token_of(GOLDEN["1.3.27"], f"{PLAIN}=forged") == TOKENS["1.3.27"]


def test_a_cookie_that_a_sibling_domain_may_set_does_not_stand_in_for_a_secure_one() -> None:
    assert token_of(f"{GOLDEN['1.3.27']}; {GOLDEN['1.7.1']}") == TOKENS["1.7.1"]
    assert token_of(f"{GOLDEN['1.3.27']}; {SECURE}=ended") is None


def test_a_cookie_of_an_old_secret_is_taken_while_it_is_named() -> None:
    cookie = f"{PLAIN}={signed('a-token', OTHER.encode())}"
    assert token_of(cookie) is None
    assert token_of(cookie, secrets=(SECRET, OTHER.encode())) == "a-token"


FIRST, SECOND, THIRD = "first" * 8, "second" * 6, "third" * 8


@pytest.mark.parametrize(
    ("variables", "secrets"),
    [
        ({"BETTER_AUTH_SECRETS": f" 2: {FIRST} ,1:{SECOND}", "BETTER_AUTH_SECRET": THIRD}, [FIRST]),
        ({"BETTER_AUTH_SECRETS": f"7:{FIRST}:with:colons"}, [f"{FIRST}:with:colons"]),
        ({"BETTER_AUTH_SECRET": FIRST, "AUTH_SECRET": SECOND}, [FIRST]),
        ({"AUTH_SECRET": FIRST}, [FIRST]),
        ({"AUTH_SECRET": FIRST, "ASTRA_SESSION_OLD_SECRETS": f"{SECOND}, {THIRD},"}, [FIRST, SECOND, THIRD]),
    ],
    ids=["versions", "colons", "secret", "short name", "grace period"],
)
def test_the_secret_is_the_one_that_the_app_signs_with(
    variables: dict[str, str], secrets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session_secrets(_configured(variables, monkeypatch)) == tuple(secret.encode() for secret in secrets)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "BETTER_AUTH_SECRET is not set"),
        ({"BETTER_AUTH_SECRET": "short-s3cret"}, "BETTER_AUTH_SECRET has"),
        ({"BETTER_AUTH_SECRET": "better-auth-secret-12345678901234567890"}, "BETTER_AUTH_SECRET has"),
        ({"AUTH_SECRET": "short-s3cret"}, "AUTH_SECRET has"),
        ({"BETTER_AUTH_SECRETS": "2:short-s3cret,1:" + FIRST}, "BETTER_AUTH_SECRETS has"),
        ({"BETTER_AUTH_SECRETS": "s3cret" * 8}, "BETTER_AUTH_SECRETS does not begin"),
        ({"BETTER_AUTH_SECRETS": "one:" + "s3cret" * 8}, "BETTER_AUTH_SECRETS does not begin"),
        (
            {"BETTER_AUTH_SECRET": FIRST, "ASTRA_SESSION_OLD_SECRETS": "short-s3cret"},
            "ASTRA_SESSION_OLD_SECRETS has",
        ),
    ],
    ids=str,
)
def test_a_secret_that_protects_nobody_is_refused_by_its_name(
    variables: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingError, match=f"^{named}") as refused:
        session_secrets(_configured(variables, monkeypatch))
    assert "s3cret" not in str(refused.value)
    assert "1234567890" not in str(refused.value)


def _configured(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRET", "AUTH_SECRET", "ASTRA_SESSION_OLD_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    forget_settings()
    return Settings()
