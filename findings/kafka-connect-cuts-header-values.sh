#!/usr/bin/env bash
# Kafka Connect 4.3.1: sink connectors and their transforms get header values that differ from the record's. If a value
# begins with a number and a colon or comma follows, the rest is cut off: of "10:30 meeting" 10 is left, of an IPv6
# address its first group, of a key such as "4711:message.created" the number that many records share. After a JSON
# array the rest is cut off too ("[1] of 2"). An id such as 19008431528345e7 becomes the number that it resembles,
# rounded. The "1.0" that every CloudEvent has in ce_specversion becomes 1, which is no version of CloudEvents. Nothing
# is logged, and it depends on the single value: "meeting 10:30" is kept.
#
# Expected by most readers: types are guessed, as documented (Javadoc of SimpleHeaderConverter: "the most appropriate
# numeric, boolean, array, or map representation"), but from the whole text; other texts stay strings.
# Why: SimpleHeaderConverter, which a worker uses unless header.converter is set, takes the first token for the value if
# it is a number, a date, an array or a map, whether or not others follow (reported for numbers: KAFKA-20892). With
# org.apache.kafka.connect.storage.StringConverter values are kept (checked below).
#
# Output seen (2026-11-29): see the EXPECTED block at the end.
. "$(dirname "$0")/lib/setup.bash"

cat > "$work/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>findings</groupId><artifactId>connect</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId>
      <version>4.3.1</version></dependency>
  </dependencies>
</project>
POM
mvn --quiet --batch-mode -f "$work/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$work/libs"
cat > "$work/Headers.java" <<'JAVA'
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.runtime.standalone.StandaloneConfig;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.storage.StringConverter;

class Headers {
    static final List<String> VALUES = List.of("1.0", "10:30 meeting", "meeting 10:30", "2001:db8::1",
        "4711:message.created", "[1] of 2", "2026-11-29: agenda", "19008431528345e7");

    public static void main(String[] arguments) throws Exception {
        var worker = new StandaloneConfig(Map.of("bootstrap.servers", "127.0.0.1:9092", "offset.storage.file.filename",
            "unused", "key.converter", StringConverter.class.getName(), "value.converter",
            StringConverter.class.getName()));
        var usual = (HeaderConverter) worker.getClass("header.converter").getDeclaredConstructor().newInstance();
        for (HeaderConverter converter : List.of(usual, new StringConverter())) {
            converter.configure(Map.of("converter.type", "header"));
            System.out.println(converter.getClass().getSimpleName());
            for (String value : VALUES) {
                var read = converter.toConnectHeader("topic", "header", value.getBytes(UTF_8));
                Schema schema = read.schema();
                var type = schema.name() == null ? schema.type() : schema.name().replaceAll(".*\\.", "");
                byte[] written = converter.fromConnectHeader("topic", "header", schema, read.value());
                System.out.println("  " + value + " => " + type + " " + new String(written, UTF_8));
            }
        }
    }
}
JAVA
java -cp "$work/libs/*" "$work/Headers.java" >"$work/seen" 2>"$work/log" || { cat "$work/log"; exit 1; }
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
SimpleHeaderConverter
  1.0 => INT8 1
  10:30 meeting => INT8 10
  meeting 10:30 => STRING meeting 10:30
  2001:db8::1 => INT16 2001
  4711:message.created => INT16 4711
  [1] of 2 => ARRAY [1]
  2026-11-29: agenda => Date 2026-11-29
  19008431528345e7 => FLOAT32 1.9008431E20
StringConverter
  1.0 => STRING 1.0
  10:30 meeting => STRING 10:30 meeting
  meeting 10:30 => STRING meeting 10:30
  2001:db8::1 => STRING 2001:db8::1
  4711:message.created => STRING 4711:message.created
  [1] of 2 => STRING [1] of 2
  2026-11-29: agenda => STRING 2026-11-29: agenda
  19008431528345e7 => STRING 19008431528345e7
EXPECTED
echo "confirmed: header values are cut at the end of a number"
