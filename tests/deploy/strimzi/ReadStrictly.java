import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.util.Map;

/** Reads resources into Strimzi's own classes, and prints what these do not know, or know as dropped from API v1. */
public class ReadStrictly {
    private static final Map<String, String> CLASSES = Map.of(
            "Kafka", "io.strimzi.api.kafka.model.kafka.Kafka",
            "KafkaNodePool", "io.strimzi.api.kafka.model.nodepool.KafkaNodePool",
            "KafkaTopic", "io.strimzi.api.kafka.model.topic.KafkaTopic",
            "KafkaUser", "io.strimzi.api.kafka.model.user.KafkaUser");

    public static void main(String[] arguments) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        for (JsonNode each : mapper.readTree(new File(arguments[0]))) {
            String kind = each.path("kind").asText();
            String name = kind + "/" + each.path("metadata").path("name").asText();
            if (!CLASSES.containsKey(kind)) {
                System.out.println(name + ": Strimzi knows no such kind");
                continue;
            }
            try {
                Object read = mapper.treeToValue(each, Class.forName(CLASSES.get(kind)));
                unknown(name, read);
            } catch (com.fasterxml.jackson.core.JsonProcessingException problem) {
                System.out.println(name + ": " + problem.getOriginalMessage().lines().findFirst().orElse(""));
            }
        }
    }

    /** What nobody gave is null, or the default of its type. */
    private static boolean isSet(Object value) {
        boolean empty = value instanceof java.util.Collection<?> many && many.isEmpty()
                || value instanceof Map<?, ?> map && map.isEmpty();
        return value != null && !empty && !Boolean.FALSE.equals(value) && !Integer.valueOf(0).equals(value);
    }

    /** Strimzi's classes keep unknown fields aside, in a map of their own. */
    private static void unknown(String where, Object read) throws Exception {
        if (read == null || !read.getClass().getName().startsWith("io.strimzi.")) {
            return;
        }
        if (read.getClass().isEnum()) {
            return;
        }
        for (var method : read.getClass().getMethods()) {
            if (!method.getName().startsWith("get") || method.getParameterCount() != 0 || method.isBridge()) {
                continue;
            }
            if (method.getName().equals("getClass") || method.getName().equals("getDeclaringClass")) {
                continue;
            }
            Object value = method.invoke(read);
            if (method.isAnnotationPresent(Deprecated.class) && isSet(value)) {
                System.out.println(where + ": deprecated field " + method.getName().substring(3));
            }
            String step = where + "." + method.getName().substring(3);
            if (method.getName().equals("getAdditionalProperties")) {
                for (Object key : ((Map<?, ?>) value == null ? Map.of() : (Map<?, ?>) value).keySet()) {
                    System.out.println(where + ": unknown field " + key);
                }
            } else if (value instanceof Iterable<?> list) {
                for (Object one : list) {
                    unknown(step, one);
                }
            } else {
                unknown(step, value);
            }
        }
    }
}
