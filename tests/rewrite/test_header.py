from __future__ import annotations

from extrasplit.rewrite.header import ownership, seal


def test_a_sealed_text_is_known_as_ours() -> None:
    assert ownership(seal("FROM x\n")) == "generated"


def test_line_endings_of_a_checkout_are_no_edit() -> None:
    assert ownership(seal("FROM x\nRUN y\n").replace("\n", "\r\n")) == "generated"


def test_an_edit_anywhere_is_seen() -> None:
    sealed = seal("FROM x\n")
    assert ownership(sealed.replace("FROM x", "FROM y")) == "edited"
    assert ownership(f"# mine\n{sealed}") == "edited"
    assert ownership(f"{sealed}RUN more\n") == "edited"


def test_a_file_without_digest_is_the_users() -> None:
    assert ownership("FROM x\n") == "foreign"
    assert ownership("") == "foreign"
    assert ownership(None) == "absent"


def test_no_line_of_the_header_is_a_parser_directive() -> None:
    assert not any("=" in line for line in seal("").splitlines())
