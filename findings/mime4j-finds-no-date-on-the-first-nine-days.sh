#!/usr/bin/env bash
# Apache James mime4j 0.8.14: unless it is configured as strict, `Message.getDate` returns null for mail of the first to
# the ninth day of a month if the day is padded with a space ("Fri,  6 Nov 2026"). Postfix writes that Date into its
# bounces and into mail of programs that give none. From the tenth on, mail of the same sender has a date. Code that
# falls back on the present time or on 1970 misplaces such mail on nine days of each month, and tests pass on the
# others. The name of a zone is taken for UTC: "10:00:00 EST", which is 15:00 UTC, becomes 10:00 UTC. MimeConfig.STRICT
# reads all of them.
#
# Expected by most readers: a date for all of them, at least from the lenient parser. RFC 5322, section 3.3, allows any
# run of spaces before the day; section 4.3 gives EST as -0500 and demands that it is accepted.
# Why: the strict parser follows the grammar. The lenient one matches a pattern of java.time, with one space in each
# place, against the front of the text, and assumes UTC if the rest has another form than the pattern's offset.
#
# Output seen (2026-11-29):
#   DEFAULT: no date on these days of November: [1, 2, 3, 4, 5, 6, 7, 8, 9]
#     10:00:00 -0500 => 2026-11-27T15:00:00Z
#     10:00:00 EST => 2026-11-27T10:00:00Z
#   PERMISSIVE: no date on these days of November: [1, 2, 3, 4, 5, 6, 7, 8, 9]
#     10:00:00 -0500 => 2026-11-27T15:00:00Z
#     10:00:00 EST => 2026-11-27T10:00:00Z
#   STRICT: no date on these days of November: []
#     10:00:00 -0500 => 2026-11-27T15:00:00Z
#     10:00:00 EST => 2026-11-27T15:00:00Z
. "$(dirname "$0")/lib/setup.bash"

cat > "$work/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>findings</groupId><artifactId>mime4j</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.james</groupId><artifactId>apache-mime4j-dom</artifactId>
      <version>0.8.14</version></dependency>
  </dependencies>
</project>
POM
mvn --quiet --batch-mode -f "$work/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$work/libs"
cat > "$work/Dates.java" <<'JAVA'
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.MimeConfig;

class Dates {
    static Date read(String date, MimeConfig config) throws Exception {
        var builder = new DefaultMessageBuilder();
        builder.setMimeEntityConfig(config);
        String raw = "From: ada@example.org\r\nSubject: s\r\nDate: " + date + "\r\n\r\nHello\r\n";
        return builder.parseMessage(new ByteArrayInputStream(raw.getBytes(US_ASCII))).getDate();
    }

    static String instant(Date date) {
        return date == null ? "null" : date.toInstant().toString();
    }

    public static void main(String[] arguments) throws Exception {
        var configs = List.of(MimeConfig.DEFAULT, MimeConfig.PERMISSIVE, MimeConfig.STRICT);
        var names = List.of("DEFAULT", "PERMISSIVE", "STRICT");
        for (int index = 0; index < configs.size(); index++) {
            MimeConfig config = configs.get(index);
            var missing = new ArrayList<Integer>();
            for (var day = LocalDate.of(2026, 11, 1); day.getMonthValue() == 11; day = day.plusDays(1)) {
                String weekday = DateTimeFormatter.ofPattern("EEE", Locale.ENGLISH).format(day);
                String date = "%s, %2d Nov 2026 10:00:00 +0000 (UTC)".formatted(weekday, day.getDayOfMonth());
                if (read(date, config) == null) {
                    missing.add(day.getDayOfMonth());
                }
            }
            System.out.println(names.get(index) + ": no date on these days of November: " + missing);
            for (String zone : List.of("-0500", "EST")) {
                String date = "Fri, 27 Nov 2026 10:00:00 " + zone;
                System.out.println("  10:00:00 " + zone + " => " + instant(read(date, config)));
            }
        }
    }
}
JAVA
java -cp "$work/libs/*" "$work/Dates.java" >"$work/seen" 2>"$work/log" || { cat "$work/log"; exit 1; }
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
DEFAULT: no date on these days of November: [1, 2, 3, 4, 5, 6, 7, 8, 9]
  10:00:00 -0500 => 2026-11-27T15:00:00Z
  10:00:00 EST => 2026-11-27T10:00:00Z
PERMISSIVE: no date on these days of November: [1, 2, 3, 4, 5, 6, 7, 8, 9]
  10:00:00 -0500 => 2026-11-27T15:00:00Z
  10:00:00 EST => 2026-11-27T10:00:00Z
STRICT: no date on these days of November: []
  10:00:00 -0500 => 2026-11-27T15:00:00Z
  10:00:00 EST => 2026-11-27T15:00:00Z
EXPECTED
echo "confirmed: a day padded with a space has no date"
