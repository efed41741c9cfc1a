"""Mistakes between objects, or between objects and the code."""

from .manifests import find
from .mistake import Mistake, container, env, rule, settings, spec, template, without

WIRING_MISTAKES = [
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
