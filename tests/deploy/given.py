"""What each container is given: every setting that it needs and no other, secrets that are made, its own login."""

from mailtide_common.runtime.settings import KafkaSettings
from mailtide_devkit.generate import strimzi

from .manifests import Manifest, containers, name_of, of_kind, words
from .readers import all_fields, image_of, is_secret, placeholder, reads, unfit

CONTRACT = {
    "mailtide-nylas": {"NYLAS_API_KEY", "NYLAS_CLIENT_ID", "NYLAS_WEBHOOK_SECRET"},
    "mailtide-database": {"DATABASE_URL"},
    "mailtide-keys": {"SECRET_KEY"},
    "mailtide-control": {"CRON_SECRET", "ADMIN_TOKEN"},
    "mailtide-kafka": {"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"},
}
"""The Secrets that docs/deploy.md tells people to make."""

NOT_FOR_ALL = {"MAILTIDE_PORT", "MAILTIDE_HOST", "MAILTIDE_SECRETS_DIR"}


def settings_problems(objects: list[Manifest]) -> list[str]:
    """Every required setting is provided, every one that is provided exists, is one of that service, and fits."""
    found = [
        f"{owner}: {problem}"
        for owner, container in containers(objects)
        for problem in _container_problems(objects, container)
    ]
    for each in of_kind(objects, "ConfigMap"):
        names = set(each["data"])
        found += [f"{name_of(each)}: no service reads {name}" for name in sorted(names - all_fields())]
        found += [f"{name_of(each)}: {name} is not the same for all" for name in sorted(names & NOT_FOR_ALL)]
        found += [f"{name_of(each)}: {name} is a secret" for name in sorted(names) if is_secret(name.lower())]
    return found


def _container_problems(objects: list[Manifest], container: Manifest) -> list[str]:
    part = image_of(container["image"])
    if part is None:
        return []
    try:
        cls = reads(part, words(container))
    except ValueError as error:
        return [str(error)]
    if cls is None:
        return []
    own = {each["name"]: _value(each) for each in container.get("env", [])}
    given = shared_settings(objects, container) | own
    known = {name.upper() for name in cls.model_fields}
    found = [f"{name} is no setting of it" for name in sorted(own.keys() - known)]
    found += [problem for problem in [unfit(cls, given)] if problem]
    found += [
        f"{each['name']} is a secret in plain sight"
        for each in container.get("env", [])
        if "value" in each and is_secret(each["name"].lower())
    ]
    files = [value for name, value in given.items() if name.endswith("_FILE") and name in known]
    found += [f"no volume holds {file}" for file in files if not _is_mounted(container, file)]
    return found


def _is_mounted(container: Manifest, file: str) -> bool:
    return any(file.startswith(f"{mount['mountPath']}/") for mount in container.get("volumeMounts", []))


def shared_settings(objects: list[Manifest], container: Manifest) -> dict[str, str]:
    """What a container gets from ConfigMaps."""
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(objects, "ConfigMap")}
    return {
        name: value
        for source in container.get("envFrom", [])
        for name, value in maps.get(source["configMapRef"]["name"], {}).items()
    }


def _value(variable: Manifest) -> str:
    value: str = variable.get("value", placeholder(variable["name"]))
    return value


def secret_problems(objects: list[Manifest]) -> list[str]:
    """Every key that is read is one of the Secrets that people make, or of one that somebody here makes."""
    made = {
        each["metadata"]["name"]: set(each.get("data", {})) | set(each.get("stringData", {}))
        for each in of_kind(objects, "Secret")
    }
    made |= {
        each["spec"]["target"]["name"]: {entry["secretKey"] for entry in each["spec"]["data"]}
        for each in of_kind(objects, "ExternalSecret")
    }
    logins = {each["metadata"]["name"]: {"password"} for each in of_kind(objects, "KafkaUser")}
    found = []
    used: dict[str, set[str]] = {}
    for owner, container in containers(objects):
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {}).get("secretKeyRef")
            if source is None:
                continue
            name, key = source["name"], source["key"]
            used.setdefault(name, set()).add(key)
            if key not in (CONTRACT | logins).get(name, made.get(name, set())):
                found.append(f"{owner}: nobody makes {name}/{key}")
            elif name in made and key not in made[name] and not source.get("optional"):
                found.append(f"{owner}: {name} is made without {key}")
            if name in logins and _login(container) != name:
                found.append(f"{owner}: logs in as {_login(container)} with the password of {name}")
    found += [
        f"{name}: nobody reads {sorted(keys - used.get(name, set()))}"
        for name, keys in made.items()
        if keys - used.get(name, set())
    ]
    return found


def login_problems(objects: list[Manifest]) -> list[str]:
    """Every login that a container uses is one that the generator makes, for that very service."""
    found = []
    for owner, container in containers(objects):
        login = _login(container)
        part = image_of(container["image"])
        if login is not None and login not in {f"{strimzi.CLUSTER}-{part}", "mailtide-kafka"}:
            found.append(f"{owner}: logs in as {login}")
        protocol = shared_settings(objects, container).get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
        cls = reads(part, words(container)) if part else None
        speaks = cls is not None and issubclass(cls, KafkaSettings)
        if speaks and protocol.startswith("SASL") and login is None:
            found.append(f"{owner}: has no login")
    return found


def _login(container: Manifest) -> str | None:
    """Who it logs in as: by name, or as whoever a Secret says."""
    for each in container.get("env", []):
        if each["name"] == "KAFKA_SASL_USERNAME":
            name: str = each.get("value") or each["valueFrom"]["secretKeyRef"]["name"]
            return name
    return None
