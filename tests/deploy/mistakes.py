"""What can be wrong with a manifest, made one at a time in objects that are right, and what the check must say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .manifests import Manifest, containers, find, of_kind, pods


def container(objects: list[Manifest], owner: str) -> Manifest:
    return next(each for name, each in containers(objects) if name == owner)


def template(objects: list[Manifest], owner: str) -> Manifest:
    return next(each for name, each in pods(objects) if name == owner)


def spec(objects: list[Manifest], name: str) -> Manifest:
    found: Manifest = find(objects, name)["spec"]
    return found


def env(objects: list[Manifest], owner: str, name: str) -> Manifest:
    found: Manifest = next(each for each in container(objects, owner)["env"] if each["name"] == name)
    return found


def settings(objects: list[Manifest]) -> dict[str, str]:
    found: dict[str, str] = of_kind(objects, "ConfigMap")[0]["data"]
    return found


def rule(objects: list[Manifest], number: int) -> Manifest:
    found: Manifest = of_kind(objects, "PrometheusRule")[0]["spec"]["groups"][0]["rules"][number]
    return found


def without(objects: list[Manifest], name: str) -> None:
    objects.remove(find(objects, name))


@dataclass(frozen=True)
class Mistake:
    """Something to break, the check that must notice, and what it says."""

    check: str
    what: str
    make: Callable[[list[Manifest]], Any]
    says: str
    variant: str = "prod-everything"


MISTAKES = [
    Mistake(
        "schemas",
        "a field with a typing error",
        lambda o: spec(o, "Deployment/ingress").update(replica=2),
        "Deployment/ingress: spec: Additional properties are not allowed ('replica' was unexpected)",
    ),
    Mistake(
        "schemas",
        "a number as a text",
        lambda o: container(o, "Deployment/ingress")["ports"][0].update(containerPort="8080"),
        "containerPort: '8080' is not of type 'integer'",
    ),
    Mistake(
        "schemas",
        "a probe inside another",
        lambda o: container(o, "Deployment/scheduler")["readinessProbe"].update(livenessProbe={}),
        "readinessProbe: Additional properties",
    ),
    Mistake(
        "schemas",
        "an API version that is gone",
        lambda o: find(o, "PodDisruptionBudget/ingress").update(apiVersion="policy/v1beta1"),
        "policy/v1beta1 knows no such kind",
    ),
    Mistake(
        "schemas",
        "an unknown field of KEDA",
        lambda o: spec(o, "ScaledObject/persister").update(maxReplicas=9),
        "ScaledObject/persister: spec: Additional properties",
    ),
    Mistake(
        "schemas",
        "a rule of KEDA in CEL",
        lambda o: spec(o, "ScaledObject/persister").update(minReplicaCount=13),
        "ScaledObject/persister: spec: minReplicaCount must be less than or equal to maxReplicaCount",
    ),
    Mistake(
        "schemas",
        "an unknown field of the Prometheus operator",
        lambda o: rule(o, 0).update(severity="page"),
        "PrometheusRule/mailtide: spec.groups.0.rules.0: Additional properties",
    ),
    Mistake(
        "schemas",
        "an unknown field of External Secrets",
        lambda o: spec(o, "ExternalSecret/mailtide-keys").update(refresh="1h"),
        "ExternalSecret/mailtide-keys: spec: Additional properties",
    ),
    Mistake(
        "strimzi",
        "an unknown field of Strimzi",
        lambda o: spec(o, "Kafka/mailtide")["kafka"]["listeners"][0].update(tsl=True),
        "Kafka/mailtide.Spec.Kafka.Listeners: unknown field tsl",
    ),
    Mistake(
        "strimzi",
        "a field that API v1 dropped",
        lambda o: spec(o, "Kafka/mailtide")["kafka"].update(replicas=3),
        "Kafka/mailtide.Spec.Kafka: deprecated field Replicas",
    ),
    Mistake(
        "strimzi",
        "a number as words",
        lambda o: spec(o, "KafkaTopic/mail.folders.v1").update(replicas="three"),
        "KafkaTopic/mail.folders.v1: Cannot deserialize",
    ),
    Mistake(
        "security",
        "root",
        lambda o: template(o, "Deployment/ingress")["spec"]["securityContext"].pop("runAsUser"),
        "Deployment/ingress: may run as root",
    ),
    Mistake(
        "security",
        "no seccomp profile",
        lambda o: template(o, "Job/migrate")["spec"]["securityContext"].pop("seccompProfile"),
        "Job/migrate: no seccomp profile",
    ),
    Mistake(
        "security",
        "a capability",
        lambda o: container(o, "Deployment/persister")["securityContext"]["capabilities"].update(
            add=["NET_RAW"]
        ),
        "Deployment/persister: keeps capabilities",
    ),
    Mistake(
        "security",
        "privilege escalation",
        lambda o: container(o, "CronJob/sync")["securityContext"].pop("allowPrivilegeEscalation"),
        "CronJob/sync: may gain privileges",
    ),
    Mistake(
        "security",
        "a writable root",
        lambda o: container(o, "Deployment/scheduler")["securityContext"].update(
            readOnlyRootFilesystem=False
        ),
        "Deployment/scheduler: its root can be written",
    ),
    Mistake(
        "security",
        "a folder of the node",
        lambda o: template(o, "Deployment/ingress")["spec"]["volumes"].append(
            {"name": "host", "hostPath": {"path": "/"}}
        ),
        "Deployment/ingress: volume host is of the node",
    ),
    Mistake(
        "security",
        "an endless volume",
        lambda o: template(o, "Deployment/ingress")["spec"]["volumes"][0].update(emptyDir={}),
        "Deployment/ingress: volume tmp has no limit",
    ),
    Mistake(
        "security",
        "a token of the Kubernetes API",
        lambda o: template(o, "Deployment/cli")["spec"].pop("automountServiceAccountToken"),
        "Deployment/cli: gets a token",
    ),
    Mistake(
        "security",
        "service links",
        lambda o: template(o, "StatefulSet/kafka")["spec"].pop("enableServiceLinks"),
        "StatefulSet/kafka: other services' addresses become settings",
        "dev",
    ),
    Mistake(
        "security",
        "a namespace that lets anything in",
        lambda o: find(o, "Namespace/mailtide")["metadata"].pop("labels"),
        "the namespace is not restricted",
    ),
    Mistake(
        "containers",
        "the tag latest",
        lambda o: container(o, "Deployment/ingress").update(image="mailtide/ingress:latest"),
        "image mailtide/ingress:latest does not say which version",
    ),
    Mistake(
        "containers",
        "no tag",
        lambda o: container(o, "StatefulSet/postgres").update(image="postgres"),
        "image postgres does not say",
        "dev",
    ),
    Mistake(
        "containers",
        "no memory limit",
        lambda o: container(o, "Deployment/sync-worker")["resources"].pop("limits"),
        "Deployment/sync-worker: memory without a limit",
    ),
    Mistake(
        "containers",
        "no CPU request",
        lambda o: container(o, "Job/migrate")["resources"]["requests"].pop("cpu"),
        "Job/migrate: requests no CPU",
    ),
    Mistake(
        "containers",
        "a shell around the command",
        lambda o: container(o, "CronJob/sync").update(
            command=["/bin/sh", "-c", "mailtide-scheduler tick --once"]
        ),
        "CronJob/sync: a shell would keep signals",
    ),
    Mistake(
        "containers",
        "no liveness probe",
        lambda o: container(o, "Deployment/persister").pop("livenessProbe"),
        "Deployment/persister: no livenessProbe",
    ),
    Mistake(
        "structure",
        "a Service that selects nothing",
        lambda o: spec(o, "Service/ingress").update(selector={"app.kubernetes.io/name": "edge"}),
        "Service/ingress: leads to []",
    ),
    Mistake(
        "structure",
        "a Service that selects everything",
        lambda o: spec(o, "Service/scheduler").update(selector={"app.kubernetes.io/part-of": "mailtide"}),
        "Service/scheduler: leads to ['Deployment/",
    ),
    Mistake(
        "structure",
        "a Service port that nobody listens on",
        lambda o: spec(o, "Service/scheduler")["ports"][0].update(port=80),
        "Service/scheduler: port 80 leads to",
    ),
    Mistake(
        "structure",
        "a budget for nobody",
        lambda o: spec(o, "PodDisruptionBudget/persister").update(
            selector={"matchLabels": {"app": "persister"}}
        ),
        "PodDisruptionBudget/persister: protects []",
    ),
    Mistake(
        "structure",
        "replicas beside a scaler",
        lambda o: spec(o, "Deployment/sync-worker").update(replicas=2),
        "Deployment/sync-worker: every apply would undo",
    ),
    Mistake(
        "structure",
        "a scaler without its target",
        lambda o: without(o, "Deployment/persister"),
        "ScaledObject/persister: scales Deployment/persister, which is not there",
    ),
    Mistake(
        "structure",
        "a ConfigMap under another name",
        lambda o: container(o, "Deployment/ingress")["envFrom"][0]["configMapRef"].update(name="mailtide"),
        "Deployment/ingress: ConfigMap mailtide is not there",
    ),
    Mistake(
        "structure",
        "a volume that is not mounted",
        lambda o: container(o, "Deployment/ingress").update(volumeMounts=[]),
        "Deployment/ingress: mounts []",
    ),
    Mistake(
        "structure",
        "a probe of a port without a name",
        lambda o: container(o, "Deployment/ingress")["readinessProbe"]["httpGet"].update(port="web"),
        "Deployment/ingress: readinessProbe asks port web",
    ),
    Mistake(
        "structure",
        "two versions at once",
        lambda o: container(o, "Job/migrate").update(image="mailtide/cli:0.0.9"),
        "several versions of Mailtide: ['0.0.9', '0.1.0']",
    ),
    Mistake(
        "structure",
        "killed while it drains",
        lambda o: template(o, "Deployment/sync-worker")["spec"].update(terminationGracePeriodSeconds=30),
        "Deployment/sync-worker: its grace period is not what a stop may take",
    ),
    Mistake(
        "structure",
        "no pause before the stop",
        lambda o: container(o, "Deployment/ingress").pop("lifecycle"),
        "Deployment/ingress: stops while proxies still send",
    ),
    Mistake(
        "structure",
        "an update that leaves a gap",
        lambda o: spec(o, "Deployment/ingress").pop("strategy"),
        "Deployment/ingress: an update takes the old pod",
    ),
    Mistake(
        "structure",
        "another namespace",
        lambda o: find(o, "Service/ingress")["metadata"].update(namespace="default"),
        "Service/ingress: in namespace default",
    ),
    Mistake(
        "settings",
        "a required setting that is missing",
        lambda o: container(o, "Deployment/scheduler")["env"].remove(
            env(o, "Deployment/scheduler", "CRON_SECRET")
        ),
        "Deployment/scheduler: missing settings: CRON_SECRET",
    ),
    Mistake(
        "settings",
        "a required setting that no overlay gives",
        lambda o: settings(o).pop("KAFKA_BOOTSTRAP_SERVERS"),
        "missing settings: KAFKA_BOOTSTRAP_SERVERS",
    ),
    Mistake(
        "settings",
        "a setting with a typing error",
        lambda o: settings(o).update(MAILTIDE_TOPIC_PARTITION="12"),
        "no service reads MAILTIDE_TOPIC_PARTITION",
    ),
    Mistake(
        "settings",
        "a setting of another service",
        lambda o: container(o, "Deployment/persister")["env"].append(
            {"name": "SYNC_INTERVAL", "value": "900"}
        ),
        "Deployment/persister: SYNC_INTERVAL is no setting of it",
    ),
    Mistake(
        "settings",
        "a value that does not fit",
        lambda o: settings(o).update(SYNC_INTERVAL="15m"),
        "Deployment/scheduler: wrong settings: SYNC_INTERVAL",
    ),
    Mistake(
        "settings",
        "a port for all services",
        lambda o: settings(o).update(MAILTIDE_PORT="8080"),
        "MAILTIDE_PORT is not the same for all",
    ),
    Mistake(
        "settings",
        "a secret in the ConfigMap",
        lambda o: settings(o).update(CRON_SECRET="x"),
        "CRON_SECRET is a secret",
    ),
    Mistake(
        "settings",
        "a secret in plain sight",
        lambda o: env(o, "Deployment/ingress", "SECRET_KEY").update(value="x"),
        "Deployment/ingress: SECRET_KEY is a secret in plain sight",
    ),
    Mistake(
        "settings",
        "a certificate that is not mounted",
        lambda o: container(o, "Deployment/ingress").update(volumeMounts=[]),
        "Deployment/ingress: no volume holds /etc/mailtide/kafka/ca.crt",
    ),
    Mistake(
        "settings",
        "a command that does not exist",
        lambda o: container(o, "Job/migrate").update(args=["migrations"]),
        "Job/migrate: mailtide has no command migrations",
    ),
    Mistake(
        "settings",
        "an option that does not exist",
        lambda o: container(o, "CronJob/sync").update(args=["tick", "--one"]),
        "CronJob/sync: mailtide-scheduler",
    ),
    Mistake(
        "settings",
        "an image that does not exist",
        lambda o: container(o, "Deployment/persister").update(image="mailtide/store:0.1.0"),
        "Deployment/persister: Mailtide has no image store",
    ),
    Mistake(
        "secrets",
        "a key that nobody makes",
        lambda o: env(o, "Deployment/scheduler", "ADMIN_TOKEN")["valueFrom"]["secretKeyRef"].update(
            key="TOKEN"
        ),
        "Deployment/scheduler: nobody makes mailtide-control/TOKEN",
    ),
    Mistake(
        "secrets",
        "a Secret that nobody makes",
        lambda o: env(o, "Deployment/persister", "DATABASE_URL")["valueFrom"]["secretKeyRef"].update(
            name="database"
        ),
        "Deployment/persister: nobody makes database/DATABASE_URL",
    ),
    Mistake(
        "secrets",
        "an ExternalSecret without a key",
        lambda o: spec(o, "ExternalSecret/mailtide-control")["data"].pop(),
        "mailtide-control is made without ADMIN_TOKEN",
    ),
    Mistake(
        "secrets",
        "a demo Secret without a key",
        lambda o: find(o, "Secret/mailtide-keys").update(data={}),
        "mailtide-keys is made without SECRET_KEY",
        "dev",
    ),
    Mistake(
        "secrets",
        "a key that nobody reads",
        lambda o: spec(o, "ExternalSecret/mailtide-keys")["data"].append({"secretKey": "OLD_KEY"}),
        "mailtide-keys: nobody reads ['OLD_KEY']",
    ),
    Mistake(
        "secrets",
        "somebody else's password",
        lambda o: env(o, "Deployment/ingress", "KAFKA_SASL_PASSWORD")["valueFrom"]["secretKeyRef"].update(
            name="mailtide-scheduler"
        ),
        "Deployment/ingress: logs in as mailtide-ingress with the password of mailtide-scheduler",
    ),
    Mistake(
        "logins",
        "no login",
        lambda o: container(o, "CronJob/sync")["env"].remove(env(o, "CronJob/sync", "KAFKA_SASL_USERNAME")),
        "CronJob/sync: has no login",
    ),
    Mistake(
        "logins",
        "another service's login",
        lambda o: env(o, "Deployment/ingress", "KAFKA_SASL_USERNAME").update(value="mailtide-scheduler"),
        "Deployment/ingress: logs in as mailtide-scheduler",
    ),
    Mistake(
        "logins",
        "a Job without a login",
        lambda o: container(o, "Job/topics").pop("env"),
        "Job/topics: has no login",
        "prod-kafka-login",
    ),
    Mistake(
        "ports",
        "another port",
        lambda o: container(o, "Deployment/persister")["ports"][0].update(containerPort=8080),
        "Deployment/persister: it listens on 8084",
    ),
    Mistake(
        "ports",
        "a health path that does not exist",
        lambda o: container(o, "Deployment/ingress")["livenessProbe"]["httpGet"].update(path="/health"),
        "Deployment/ingress: livenessProbe asks /health, not /healthz",
    ),
    Mistake(
        "ports",
        "a liveness probe that needs Kafka",
        lambda o: container(o, "Deployment/ingress")["livenessProbe"]["httpGet"].update(path="/readyz"),
        "Deployment/ingress: livenessProbe asks /readyz, not /healthz",
    ),
    Mistake(
        "ports",
        "a service that is not deployed",
        lambda o: without(o, "Deployment/persister"),
        "persister is not deployed",
    ),
    Mistake(
        "ports",
        "an old address of the scheduler",
        lambda o: env(o, "Deployment/cli", "MAILTIDE_SCHEDULER_URL").update(value="http://scheduler:8080"),
        "Deployment/cli: the scheduler is not at http://scheduler:8080",
    ),
    Mistake(
        "topics",
        "a topic that does not exist",
        lambda o: spec(o, "ScaledObject/persister")["triggers"][0]["metadata"].update(
            topic="mail.message.v1"
        ),
        "ScaledObject/persister: persister consumes no mail.message.v1",
    ),
    Mistake(
        "topics",
        "a group that does not exist",
        lambda o: spec(o, "ScaledObject/sync-worker")["triggers"][0]["metadata"].update(
            consumerGroup="sync-worker"
        ),
        "ScaledObject/sync-worker: there is no group sync-worker",
    ),
    Mistake(
        "topics",
        "more members than partitions",
        lambda o: spec(o, "ScaledObject/sync-worker").update(maxReplicaCount=24),
        "ScaledObject/sync-worker: more members than 12 partitions",
    ),
    Mistake(
        "topics",
        "a scaler that does not log in",
        lambda o: spec(o, "ScaledObject/persister")["triggers"][0].pop("authenticationRef"),
        "ScaledObject/persister: no login for mail.messages.v1",
    ),
    Mistake(
        "topics",
        "a topic that Strimzi does not make",
        lambda o: without(o, "KafkaTopic/mail.folders.v1"),
        "Strimzi's topics are not those of the registry",
    ),
    Mistake(
        "topics",
        "a lag that vanishes during a slice",
        lambda o: spec(o, "ScaledObject/sync-worker")["triggers"][2]["metadata"].update(
            excludePersistentLag="true"
        ),
        "takes a slice of mail.backfill-requests.v1 for a partition that stands still",
    ),
    Mistake(
        "topics",
        "another number of partitions",
        lambda o: settings(o).update(MAILTIDE_TOPIC_PARTITIONS="24"),
        "Strimzi's topics have another number of partitions",
    ),
    Mistake(
        "metrics",
        "a metric that does not exist",
        lambda o: rule(o, 4).update(expr="mailtide_consumer_lag > 1"),
        "MailtideLagGrows: there is no metric mailtide_consumer_lag",
    ),
    Mistake(
        "metrics",
        "a label that does not exist",
        lambda o: rule(o, 2).update(expr='mailtide_ingress_deliveries_total{status="503"} > 1'),
        "MailtideIngressRefuses: mailtide_ingress_deliveries_total has no label status",
    ),
    Mistake(
        "metrics",
        "an answer that is never given",
        lambda o: rule(o, 2).update(expr='mailtide_ingress_deliveries_total{answer="lost"} > 1'),
        "MailtideIngressRefuses: no delivery is answered lost",
    ),
    Mistake(
        "metrics",
        "a runbook that does not exist",
        lambda o: rule(o, 0)["annotations"].update(runbook="docs/runbook.md#panic"),
        "MailtideNotScraped: docs/runbook.md has no section panic",
    ),
    Mistake(
        "metrics",
        "a service that is not watched",
        lambda o: spec(o, "PodMonitor/mailtide")["selector"]["matchExpressions"][0]["values"].remove(
            "ingress"
        ),
        "PodMonitor/mailtide: watches",
    ),
    Mistake(
        "arrows",
        "an ingress that reaches Postgres",
        lambda o: template(o, "Deployment/ingress")["metadata"]["labels"].update(
            {"mailtide/to-postgres": "yes"}
        ),
        "Deployment/ingress: may go to ['dns', 'internet 443', 'kafka pods', 'postgres ports'], needs",
    ),
    Mistake(
        "arrows",
        "a worker that cannot reach Kafka",
        lambda o: template(o, "Deployment/sync-worker")["metadata"]["labels"].pop("mailtide/to-kafka"),
        "Deployment/sync-worker: may go to ['dns', 'internet 443', 'postgres ports'], needs",
    ),
    Mistake(
        "arrows",
        "the metadata service of the cloud",
        lambda o: spec(o, "NetworkPolicy/to-nylas")["egress"][0]["to"][0]["ipBlock"].update(
            **{"except": ["10.0.0.0/8"]}
        ),
        "all of 0.0.0.0/0",
    ),
    Mistake(
        "arrows",
        "every port of everybody",
        lambda o: spec(o, "NetworkPolicy/to-kafka").update(egress=[{}]),
        "['anywhere'] at []",
    ),
    Mistake(
        "arrows",
        "more ports than Kafka's",
        lambda o: spec(o, "NetworkPolicy/to-kafka")["egress"][0]["ports"][0].update(endPort=65_535),
        "['anywhere'] at ['9092-65535']",
        "prod",
    ),
    Mistake(
        "arrows",
        "a scheduler that anybody reaches",
        lambda o: spec(o, "NetworkPolicy/to-scheduler")["ingress"][0].pop("from"),
        "Deployment/scheduler: is reached by ['anybody', 'monitoring'], should be by",
    ),
    Mistake(
        "arrows",
        "no denial",
        lambda o: spec(o, "NetworkPolicy/default-deny").update(policyTypes=["Ingress"]),
        "nothing is forbidden",
    ),
]
