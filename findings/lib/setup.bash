# Sourced by findings that need a broker or Python packages: everything lives in one temporary folder.
# Needs Java 17 or newer, Maven, OpenSSL and Python 3.11 or newer on the path.
set -euo pipefail

work=$(mktemp -d)
brokers=()

stop_all() {
    for pid in "${brokers[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${brokers[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop_all EXIT

# python_with PACKAGE==VERSION...: a virtual environment with these packages; sets $python
python_with() {
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
    python="$work/venv/bin/python"
}

# start_kafka VERSION: one KRaft broker of that version with default settings; sets $bootstrap, and for its listener
# over TLS $bootstrap_tls and $certificate
start_kafka() {
    local version=$1 home="$work/kafka-$1" port controller tls
    mkdir -p "$home"
    cat > "$home/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>findings</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
    <version>$version</version></dependency></dependencies>
</project>
POM
    mvn --quiet --batch-mode -f "$home/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$home/libs"
    certificate="$home/certificate.pem"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=finding \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$home/key.pem" -out "$certificate" 2>"$home/openssl.log"
    cat "$home/key.pem" "$certificate" > "$home/keystore.pem"
    read -r port controller tls < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(s.getsockname()[1] for s in sockets))')
    cat > "$home/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,SSL://127.0.0.1:$tls,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location=$home/keystore.pem
controller.listener.names=CONTROLLER
log.dirs=$home/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
PROPERTIES
    local java=(java -Xmx512m -cp "$home/libs/*")
    "${java[@]}" kafka.tools.StorageTool format -t bWFpbHRpZGUtZmluZGluZw -c "$home/server.properties" >"$home/format.log" 2>&1
    "${java[@]}" kafka.Kafka "$home/server.properties" >"$home/kafka.log" 2>&1 &
    brokers+=($!)
    bootstrap="127.0.0.1:$port"
    bootstrap_tls="127.0.0.1:$tls"
    for _ in $(seq 1 120); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
        kill -0 "${brokers[-1]}" || { cat "$home/kafka.log"; return 1; }
        sleep 0.5
    done
    echo "Kafka $version did not start within 60 s" >&2
    return 1
}
