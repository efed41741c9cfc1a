"""The environment of each container: every setting that it requires and no other, existing secrets, its own login."""

from collections.abc import Iterator

from mailtide_common.runtime.settings import KafkaSettings
from mailtide_devkit.generate import strimzi

from .manifests import Manifest, containers, name_of, of_kind, settings_map, words
from .readers import all_fields, image_of, is_secret, placeholder, reads, unfit

CONTRACT = {
    "mailtide-nylas": {"NYLAS_API_KEY", "NYLAS_CLIENT_ID", "NYLAS_WEBHOOK_SECRET"},
    "mailtide-database": {"DATABASE_URL"},
    "mailtide-console": {"DATABASE_URL"},
    "mailtide-keys": {"SECRET_KEY"},
    "mailtide-connect": {"CONNECT_SECRET"},
    "mailtide-control": {"CRON_SECRET", "ADMIN_TOKEN"},
    "mailtide-kafka": {"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"},
}
"""The Secrets that operators create (docs/deploy.md)."""

NOT_FOR_ALL = {"MAILTIDE_PORT", "MAILTIDE_HOST", "MAILTIDE_SECRETS_DIR"}


def settings_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield settings that are missing, unknown, of another service, or invalid."""
    for owner, container in containers(objects):
        for problem in _container_problems(objects, container):
            yield f"{owner}: {problem}"
    shared = settings_map(objects)
    for name in sorted(shared["data"]):
        if name not in all_fields():
            yield f"{name_of(shared)}: no service reads {name}"
        if name in NOT_FOR_ALL:
            yield f"{name_of(shared)}: {name} is not the same for all"
        if is_secret(name.lower()):
            yield f"{name_of(shared)}: {name} is a secret"


def _container_problems(objects: list[Manifest], container: Manifest) -> Iterator[str]:
    part = image_of(container["image"])
    try:
        cls = reads(part, words(container)) if part else None
    except ValueError as error:
        yield str(error)
        return
    if cls is None:
        return
    known = {name.upper() for name in cls.model_fields}
    own = {each["name"]: each.get("value", placeholder(each["name"])) for each in container.get("env", [])}
    for each in container.get("env", []):
        if each["name"] not in known:
            yield f"{each['name']} is no setting of it"
        if "value" in each and is_secret(each["name"].lower()):
            yield f"{each['name']} is a secret in plain sight"
    given = shared_settings(objects, container) | own
    if problem := unfit(cls, given):
        yield problem
    folders = tuple(f"{mount['mountPath']}/" for mount in container.get("volumeMounts", []))
    for name, value in given.items():
        if name in known and name.endswith("_FILE") and not value.startswith(folders):
            yield f"no volume holds {value}"


def shared_settings(objects: list[Manifest], container: Manifest) -> dict[str, str]:
    """Return the settings that a container gets from ConfigMaps."""
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(objects, "ConfigMap")}
    return {
        name: value
        for source in container.get("envFrom", [])
        for name, value in maps.get(source["configMapRef"]["name"], {}).items()
    }


def secret_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield keys that are in no Secret that operators or manifests create."""
    made = {
        each["metadata"]["name"]: {*each.get("data", {}), *each.get("stringData", {})}
        for each in of_kind(objects, "Secret")
    } | {
        each["spec"]["target"]["name"]: {entry["secretKey"] for entry in each["spec"]["data"]}
        for each in of_kind(objects, "ExternalSecret")
    }
    logins = {each["metadata"]["name"]: {"password"} for each in of_kind(objects, "KafkaUser")}
    unread = {(name, key) for name, keys in made.items() for key in keys}
    for owner, container in containers(objects):
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {}).get("secretKeyRef")
            if source is None:
                continue
            name, key = source["name"], source["key"]
            unread.discard((name, key))
            if key not in (made | CONTRACT | logins).get(name, set()):
                yield f"{owner}: no Secret has {name}/{key}"
            elif key not in made.get(name, {key}) and not source.get("optional"):
                yield f"{owner}: {name} is made without {key}"
            if name in logins and _login(container) != name:
                yield f"{owner}: logs in as {_login(container)} with the password of {name}"
    yield from (f"no container reads {name}/{key}" for name, key in sorted(unread))


def login_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield logins that the generator does not create for this service."""
    for owner, container in containers(objects):
        login, part = _login(container), image_of(container["image"])
        if login not in {None, f"{strimzi.CLUSTER}-{part}", "mailtide-kafka"}:
            yield f"{owner}: logs in as {login}"
        protocol = shared_settings(objects, container).get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
        cls = reads(part, words(container)) if part else None
        if cls and issubclass(cls, KafkaSettings) and protocol.startswith("SASL") and login is None:
            yield f"{owner}: has no login"


def _login(container: Manifest) -> str | None:
    """Return the login that a container uses, or the Secret that contains it."""
    for each in container.get("env", []):
        if each["name"] == "KAFKA_SASL_USERNAME":
            return str(each.get("value") or each["valueFrom"]["secretKeyRef"]["name"])
    return None
