#!/bin/bash
# The part of the official image's start that Mailtide uses: KAFKA_A_B becomes a.b in server.properties, CLUSTER_ID,
# KAFKA_HEAP_OPTS.
set -euo pipefail

config=/opt/kafka/config/server.properties
: > "$config"
while IFS='=' read -r -d '' name value; do
    case "$name" in
        KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_JVM_PERFORMANCE_OPTS | KAFKA_VERSION) continue ;;
        KAFKA_*) ;;
        *) continue ;;
    esac
    key="${name#KAFKA_}"
    key="${key//___/-}"
    key="${key//__/%}"
    key="${key//_/.}"
    key="${key//%/_}"
    printf '%s=%s\n' "${key,,}" "$value" >> "$config"
done < <(env -0)

java=(java -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.properties -cp '/opt/kafka/libs/*')
"${java[@]}" kafka.tools.StorageTool format --ignore-formatted \
    -t "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" -c "$config"
# shellcheck disable=SC2086 # several options, as in the official image
exec "${java[0]}" ${KAFKA_HEAP_OPTS:--Xms256m -Xmx1g} -XX:+UseSerialGC ${KAFKA_OPTS:-} "${java[@]:1}" kafka.Kafka "$config"
