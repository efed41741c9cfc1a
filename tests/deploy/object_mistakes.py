"""Mistakes inside one object."""

from .manifests import find
from .mistake import Mistake, container, env, rule, settings, spec, template, without

OBJECT_MISTAKES = [
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
]
