"""Settings: from the environment or from files, and one clear line where they are wrong."""

from pathlib import Path

import pytest

from mailtide_common.runtime.settings import (
    ConnectSettings,
    ConsoleUrlSettings,
    KafkaSettings,
    NylasSettings,
    Port,
    PostgresSettings,
    SecretKeySettings,
    load,
)


class BothSettings(KafkaSettings, PostgresSettings):
    pass


class AllSettings(BothSettings, NylasSettings, SecretKeySettings, ConnectSettings, ConsoleUrlSettings):
    mailtide_port: Port = 8080


def test_missing_settings_are_one_clear_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv("MAILTIDE_TOPIC_PARTITIONS", "none")
    with pytest.raises(SystemExit) as stopped:
        load(BothSettings, "mailtide-test")
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mailtide-test: missing settings: ")
    assert "DATABASE_URL" in line
    assert "KAFKA_BOOTSTRAP_SERVERS" in line
    assert "wrong settings: MAILTIDE_TOPIC_PARTITIONS (must be " in line
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    with pytest.raises(SystemExit):
        load(KafkaSettings, "mailtide-test")
    reason = "(must be set, because KAFKA_SECURITY_PROTOCOL is SASL_SSL)"
    assert f"KAFKA_SASL_USERNAME {reason}, KAFKA_SASL_PASSWORD {reason}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://",
        "postgres://anna:s3%2Fcr@et@db/mail?sslmode=require",
        "postgresql://anna@[::1]:5432/mail",
        "postgresql://anna@[::1]/mail",
        "postgresql://anna@a:5432,b,[::1]:5433/mail?target_session_attrs=primary",
        "postgresql://%2Fvar%2Frun/mail?user=anna@tenant",
    ],
)
def test_whatever_postgres_understands_is_a_database_url(url: str) -> None:
    assert PostgresSettings(database_url=url).database_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "nonsense"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:x"),
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:99999"),
        ("KAFKA_BOOTSTRAP_SERVERS", ","),
        ("KAFKA_BOOTSTRAP_SERVERS", ":9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "http://a:9092"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgresql://anna:s3/cret@db:5432/mail"),
        ("DATABASE_URL", "postgresql://anna:53/cret@db:5432/mail"),
        ("DATABASE_URL", "postgresql://anna:53#cret@db:5432/mail"),
        ("DATABASE_URL", "postgresql://anna:s3cret@db:port/mail"),
        ("DATABASE_URL", "postgresql://anna:s3cret@127.0.0.1:99999/mail"),
        ("MAILTIDE_LOG_LEVEL", "nonsense"),
        ("MAILTIDE_SESSION_TIMEOUT_MS", "999999999"),
        ("NYLAS_API_URI", "nonsense"),
        ("NYLAS_API_URI", "http://[bad"),
        ("NYLAS_API_URI", "https://anna:s3cret@api.us.nylas.com"),
        ("MAILTIDE_SCHEMA", "Mail"),
        ("NYLAS_API_KEY", "key\n"),
        ("NYLAS_API_KEY", "k\u00e9y"),
        ("SECRET_KEY", " "),
        ("SECRET_KEY", "changeme"),
        ("CONNECT_SECRET", "changeme"),
        ("SECRET_KEY", "abcabcabcabcabcabc"),
        ("PUBLIC_URL", "http://a b"),
        ("MAILTIDE_CONSOLE_URL", "ftp://console"),
        ("MAILTIDE_CONSOLE_URL", "https://ada:pass@console"),
        ("MAILTIDE_PORT", "-1"),
        ("MAILTIDE_PORT", "99999"),
        ("MAILTIDE_SECRETS_DIR", "no-such-folder"),
        ("MAILTIDE_ENV_FILE", "no-such-file"),
        ("MAILTIDE_ENV_FILE", "."),
        ("KAFKA_SASL_USERNAME", "anna"),
        ("KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("KAFKA_SSL_CA_FILE", "no-such-file"),
        ("KAFKA_SSL_CA_FILE", __file__),
    ],
)
def test_nonsense_is_one_clear_line_and_exit_2_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    good = {
        "KAFKA_BOOTSTRAP_SERVERS": "a:1",
        "DATABASE_URL": "postgresql://d",
        "NYLAS_API_KEY": "key",
        "NYLAS_CLIENT_ID": "client",
        "SECRET_KEY": "a-secret-key-for-tests",
    }
    for each, fitting in good.items():
        monkeypatch.setenv(each, fitting)
    load(AllSettings, "mailtide-test")
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        load(AllSettings, "mailtide-test")
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mailtide-test: wrong settings: ")
    assert name in line
    assert "Value error" not in line
    assert "pattern" not in line
    assert "s3cret" not in line


def test_a_wrong_protocol_is_not_blamed_on_the_login(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "a:1")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "sasl_ssl")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "anna")
    with pytest.raises(SystemExit):
        load(KafkaSettings, "mailtide-test")
    told = capsys.readouterr().err
    assert "KAFKA_SECURITY_PROTOCOL" in told
    assert "KAFKA_SASL_USERNAME" not in told


def test_settings_may_be_lines_of_a_file_and_the_environment_outranks_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        'KAFKA_BOOTSTRAP_SERVERS=file:1\nexport DATABASE_URL="postgresql://file" # comment\nOTHER=x\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAILTIDE_ENV_FILE", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "environment:1")
    settings = load(BothSettings, "mailtide-test")
    assert settings.brokers.servers == ("environment:1",)
    assert settings.database_url.get_secret_value() == "postgresql://file"
    monkeypatch.setenv("MAILTIDE_ENV_FILE", "")
    with pytest.raises(SystemExit):
        load(BothSettings, "mailtide-test")


def test_secrets_may_be_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAILTIDE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "a:1, b:2")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "database_url").write_text("postgresql://from-file")
    settings = load(BothSettings, "mailtide-test")
    assert settings.database_url.get_secret_value() == "postgresql://from-file"
    assert settings.brokers.servers == ("a:1", "b:2")
